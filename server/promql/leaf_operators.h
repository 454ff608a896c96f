// Operators that read storage: the latest sample of a series at each step, and functions over
// ranges.
#ifndef NARTHEX_SERVER_PROMQL_LEAF_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_LEAF_OPERATORS_H_

#include <vector>

#include "common/clock/clock.h"
#include "server/promql/functions.h"
#include "server/promql/operator.h"
#include "server/promql/worker_pool.h"
#include "server/storage/storage.h"

namespace narthex::promql {

// What the operators of one query share. Outlives them.
struct QueryContext {
  const storage::Querier& querier;
  const Steps steps;
  const int64_t lookback_ms;
  const Clock& clock;
  QueryControl& control;
  WorkerPool& workers;
};

// At each step the newest sample that is less than the lookback old and no staleness marker.
OperatorPtr NewInstantSelector(QueryContext& context, const Selector& selector);

// A function over the samples of each series in (step - offset - range, step - offset]. `scalars`
// are its scalar arguments, one column each.
OperatorPtr NewRangeFunction(QueryContext& context, const Selector& selector,
                             const FunctionRow& function, std::vector<OperatorPtr> scalars);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_LEAF_OPERATORS_H_
