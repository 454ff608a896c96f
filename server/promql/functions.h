// The functions of PromQL: one table that parser, type checker and engine read.
#ifndef NARTHEX_SERVER_PROMQL_FUNCTIONS_H_
#define NARTHEX_SERVER_PROMQL_FUNCTIONS_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "server/promql/ast.h"
#include "server/promql/range_window.h"

namespace narthex::promql {

// How the engine evaluates a function. Those with a kernel are rows only; each of the others has an
// operator.
enum class FunctionKind : unsigned char {
  kMap,           // `map` of each float
  kDate,          // `map` of each float, a Unix time; of the step's time without an argument
  kHistogramMap,  // `histogram_map` of each histogram
  kRange,         // `range` of each window
  kQueryContext,  // start, end, step, range: constants of the query
  kTime,
  kPi,
  kScalar,
  kVector,
  kMinOf,
  kMaxOf,
  kClamp,
  kClampMin,
  kClampMax,
  kRound,
  kTimestamp,
  kStartTimestamp,
  kAbsent,
  kAbsentOverTime,
  kSort,
  kSortDescending,
  kSortByLabel,
  kSortByLabelDescending,
  kLabelReplace,
  kLabelJoin,
  kHistogramQuantile,
  kHistogramQuantiles,
  kHistogramFraction,
  kInfo,
};

struct FunctionRow {
  std::string_view name;
  std::vector<ValueType> arguments;
  ValueType returns;
  FunctionKind kind;
  std::string_view help;
  // How many arguments there may be more than `arguments`, less the last, which then may be
  // missing; 0: as many as `arguments`, kAnyNumber: no bound.
  int variadic = 0;
  bool experimental = false;
  bool keeps_name = false;       // of range functions: whether the metric name stays
  bool counts_resets = false;    // of range functions: whether the window needs them
  bool uses_starts = false;      // of range functions: whether they look at start timestamps
  bool depends_on_time = false;  // the result differs from step to step though the input does not
  double (*map)(double) = nullptr;
  double (*histogram_map)(const storage::Histogram&) = nullptr;
  RangeKernel range = nullptr;
};
inline constexpr int kAnyNumber = -1;

// Sorted by name.
const std::vector<FunctionRow>& Functions();
const FunctionRow* FindFunction(std::string_view name);  // null for an unknown name

// What a smoothed selector of instants is evaluated by: no function that can be called.
const FunctionRow& SmoothedSelector();

// The least and the greatest number of arguments.
std::pair<size_t, size_t> ArgumentCounts(const FunctionRow& function);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_FUNCTIONS_H_
