// rate, increase and delta of a series of floats at all steps at once: what the kernels of
// rate_kernels.cc give, without a window and a call for each step.
#ifndef NARTHEX_SERVER_PROMQL_RATE_COLUMN_H_
#define NARTHEX_SERVER_PROMQL_RATE_COLUMN_H_

#include <cstdint>
#include <span>

#include "server/promql/functions.h"
#include "server/promql/operator.h"
#include "server/promql/sample_source.h"

namespace narthex::promql {

// How an increase is told.
struct RateKind {
  bool known = false;       // the function is one of these at all
  bool counter = false;     // a fall is a new beginning
  bool per_second = false;  // else over the range
};
RateKind RateKindOf(const FunctionRow& function);

struct RateInput {
  std::span<const int64_t> times_ms;
  std::span<const double> values;
  std::span<const size_t> resets;  // of counters: indices of values that begin anew
  RangeShape shape;                // neither anchored nor smoothed
  RateKind kind;
};

// Fills the column, which is reset to the steps. `sizes` takes the number of samples in the window
// of each step, and may be null. Returns how many these are together.
uint64_t RateColumn(const RateInput& input, const Steps& steps, uint64_t* sizes, Column& out);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_RATE_COLUMN_H_
