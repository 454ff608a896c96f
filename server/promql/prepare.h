// What happens to an expression between parsing and compiling, once a query's steps are known.
#ifndef NARTHEX_SERVER_PROMQL_PREPARE_H_
#define NARTHEX_SERVER_PROMQL_PREPARE_H_

#include "common/status/status.h"
#include "server/promql/ast.h"
#include "server/promql/operator.h"

namespace narthex::promql {

// A copy in which durations are computed, start(), end(), range() and step() are numbers, @ is a
// time, arguments have lost their parentheses, and parts that have one value at all steps are
// StepInvariant. `end_ms` is what the query asked for: its last step may be earlier.
Result<ExprPtr> Prepare(const Expr& expr, const Steps& steps, int64_t end_ms);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_PREPARE_H_
