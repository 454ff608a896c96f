// rate and its like.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_RATE_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_RATE_H_

#include <optional>

#include "tests/promql/naive/over_time.h"

namespace narthex::naive {

struct RateKind {
  bool counter;
  bool per_second;
};

// By the samples in the range, taken to its borders.
std::optional<Sample> ExtrapolatedRate(const Window& window, RateKind kind);
// Whether a counter began anew between two samples, as their starts tell.
bool StartTells(const Sample& before, const Sample& now);
// Of anchored and smoothed ranges: by the values at the borders.
std::optional<Sample> BorderRate(const Window& window, RateKind kind);
// By the last two samples: irate, or else idelta.
std::optional<Sample> LastTwo(const Window& window, bool rate);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_RATE_H_
