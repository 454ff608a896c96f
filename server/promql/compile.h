// From a type-checked expression to its operators.
#ifndef NARTHEX_SERVER_PROMQL_COMPILE_H_
#define NARTHEX_SERVER_PROMQL_COMPILE_H_

#include "server/promql/ast.h"
#include "server/promql/leaf_operators.h"

namespace narthex::promql {

// For scalars and instant vectors. `context` and `expr` outlive the operators.
OperatorPtr Compile(QueryContext& context, const Expr& expr);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_COMPILE_H_
