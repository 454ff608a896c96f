// Functions over a window of floats that slides: values enter and leave, and nothing is looked at
// anew for each step. All steps of a series at once, as in rate_column.h.
#ifndef NARTHEX_SERVER_PROMQL_SLIDING_COLUMN_H_
#define NARTHEX_SERVER_PROMQL_SLIDING_COLUMN_H_

#include <cstdint>
#include <span>

#include "server/promql/functions.h"
#include "server/promql/operator.h"
#include "server/promql/query_context.h"
#include "server/promql/sample_source.h"

namespace narthex::promql {

enum class SlidingKind : unsigned char {
  kNone,
  kMin,
  kMax,
  kTimeOfMin,
  kTimeOfMax,
  kQuantile,
  kMedianDistance,
  kSum,
  kMean,
  kVariance,
  kDeviation,
  kSlope,
  kPrediction,
  kChanges,
  kResets,
};
// kNone where the function has no other way than to look at each window, and where windows hardly
// overlap, so that looking at each costs less.
SlidingKind SlidingKindOf(const FunctionRow& function, const RangeShape& shape, const Steps& steps);

struct SlidingInput {
  std::span<const int64_t> times_ms;
  std::span<const double> values;
  std::span<const int64_t> starts_ms;  // empty where no start is known
  RangeShape shape;                    // neither anchored nor smoothed
  SlidingKind kind = SlidingKind::kNone;
  std::span<const double> scalars;  // by step: of kQuantile and kPrediction
};

// Fills the column, as RateColumn() does; ends early once `control` ends the query. Adds the number
// of samples in all windows to `seen`.
Status SlidingColumn(const SlidingInput& input, const Steps& steps, QueryControl& control,
                     uint64_t* sizes, uint64_t& seen, Column& out);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SLIDING_COLUMN_H_
