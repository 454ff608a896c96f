// The values that the naive evaluator computes with. Nothing here is shared with the engine.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_VALUE_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_VALUE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace narthex::naive {

using Labels = std::map<std::string, std::string>;

// A native histogram: counts by bucket index.
struct Hist {
  bool custom = false;
  int schema = 0;              // unless custom
  std::vector<double> bounds;  // of custom buckets, without +Inf
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;
  std::map<int, double> positive;
  std::map<int, double> negative;
};
using HistPtr = std::shared_ptr<const Hist>;

// One value with a time; a histogram where that is not null. `exact`: computed without rounding, so
// that comparisons of it are sure.
struct Sample {
  int64_t at_ms = 0;
  double value = 0;
  HistPtr hist;
  bool exact = true;
  bool stale = false;
  int64_t start_ms = 0;  // since when it counts; 0: not known
};

struct Series {
  Labels labels;
  std::vector<Sample> samples;  // by time
};
using Database = std::vector<Series>;

struct Element {
  Labels labels;
  Sample sample;
};
using Vector = std::vector<Element>;

// The query is an error by the language's definition.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The result hangs on the last bits of a rounding, on which evaluators may differ.
struct Ambiguous : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Whether two numbers are the same but for rounding; NaN equals NaN.
bool Near(double a, double b);

// Throws Ambiguous where a comparison of two samples could go either way.
void CheckComparable(const Sample& a, const Sample& b);

Labels WithoutName(Labels labels);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_VALUE_H_
