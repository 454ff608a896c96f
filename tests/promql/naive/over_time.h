// Functions of ranges: one call sees the samples of one series.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_OVER_TIME_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_OVER_TIME_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/promql/naive/value.h"

namespace narthex::naive {

// Samples after `begin_ms`, up to `end_ms`; of an extended range, those around it too.
struct Window {
  std::vector<Sample> samples;
  int64_t begin_ms = 0;
  int64_t end_ms = 0;
  int64_t now_ms = 0;  // when the function is evaluated
  bool anchored = false;
  bool smoothed = false;

  double seconds() const { return static_cast<double>(end_ms - begin_ms) / 1000; }
};

bool IsRangeFunction(std::string_view name);
// Whether the result is still the metric that the range was of.
bool KeepsName(std::string_view name);

// Nothing where the window tells nothing. `scalars` are the other arguments in their order.
std::optional<Sample> OverTime(std::string_view name, const Window& window,
                               const std::vector<double>& scalars);

// The value at a quantile of some numbers, interpolated.
double Quantile(double quantile, std::vector<double> values);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_OVER_TIME_H_
