// min_over_time, max_over_time and quantile_over_time of a series of floats at all steps at once:
// the window slides, so that a step costs what enters and leaves it, not what it holds. Gives what
// the kernels give.
#ifndef NARTHEX_SERVER_PROMQL_SLIDING_COLUMN_H_
#define NARTHEX_SERVER_PROMQL_SLIDING_COLUMN_H_

#include <cstdint>
#include <span>

#include "server/promql/functions.h"
#include "server/promql/operator.h"
#include "server/promql/sample_source.h"

namespace narthex::promql {

enum class SlidingKind : unsigned char { kNone, kMin, kMax, kQuantile };
SlidingKind SlidingKindOf(const FunctionRow& function);

struct SlidingInput {
  std::span<const int64_t> times_ms;
  std::span<const double> values;
  RangeShape shape;  // neither anchored nor smoothed
  SlidingKind kind = SlidingKind::kNone;
  std::span<const double> quantiles;  // by step, of kQuantile
};

// As RateColumn().
uint64_t SlidingColumn(const SlidingInput& input, const Steps& steps, uint64_t* sizes, Column& out);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SLIDING_COLUMN_H_
