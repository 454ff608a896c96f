// The functions of PromQL: one table that parser, type checker and engine read.
#ifndef NARTHEX_SERVER_PROMQL_FUNCTIONS_H_
#define NARTHEX_SERVER_PROMQL_FUNCTIONS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/promql/ast.h"

namespace narthex::promql {

// The samples of one series within the range of one step, staleness markers left out.
struct RangeWindow {
  std::span<const int64_t> timestamps_ms;
  std::span<const double> values;
  int64_t start_ms;  // samples lie after this
  int64_t end_ms;    // and up to this, included

  size_t size() const { return values.size(); }
};

// One step of a function over a range vector; nothing when the window tells nothing. `scalars` are
// the function's scalar arguments at this step, in order.
using RangeKernel = std::optional<double> (*)(const RangeWindow& window,
                                              std::span<const double> scalars);

struct FunctionRow {
  std::string_view name;
  std::vector<ValueType> arguments;
  ValueType returns;
  RangeKernel kernel;  // null for time(), which the engine makes itself
  bool keeps_name;     // whether the metric name stays
  std::string_view help;
};

// Sorted by name.
const std::vector<FunctionRow>& Functions();
const FunctionRow* FindFunction(std::string_view name);  // null for an unknown name

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_FUNCTIONS_H_
