// Operators that turn the samples of series into columns: the latest sample at each step, and
// functions over ranges.
#ifndef NARTHEX_SERVER_PROMQL_LEAF_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_LEAF_OPERATORS_H_

#include <vector>

#include "server/promql/functions.h"
#include "server/promql/query_context.h"
#include "server/promql/sample_source.h"

namespace narthex::promql {

// What of a sample a selector gives.
enum class SampleAspect : unsigned char {
  kValue,
  kTime,   // when it was taken, in seconds
  kStart,  // since when it counts, in seconds
};

// At each step the newest sample that is less than the lookback old and no staleness marker.
// `place` is the selector's in the query.
OperatorPtr NewInstantSelector(QueryContext& context, const Steps& steps, const Selector& selector,
                               size_t place, SampleAspect aspect);

// A call of a function over ranges.
struct RangeFunctionCall {
  const FunctionRow* function;
  RangeShape shape;
  size_t place = 0;  // of the first argument
};

// The function over the samples of each series of the source. `scalars` are its scalar arguments, a
// column each.
OperatorPtr NewRangeFunction(QueryContext& context, const Steps& steps,
                             const RangeFunctionCall& call, std::unique_ptr<SampleSource> source,
                             std::vector<OperatorPtr> scalars);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_LEAF_OPERATORS_H_
