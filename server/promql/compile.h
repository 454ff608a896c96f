// From a prepared expression to its operators.
#ifndef NARTHEX_SERVER_PROMQL_COMPILE_H_
#define NARTHEX_SERVER_PROMQL_COMPILE_H_

#include "server/promql/ast.h"
#include "server/promql/query_context.h"
#include "server/promql/sample_source.h"

namespace narthex::promql {

// For scalars and instant vectors. `context` and `expr` outlive the operators. kInvalidArgument for
// arguments that only now turn out to be wrong.
Result<OperatorPtr> Compile(QueryContext& context, const Steps& steps, const Expr& expr);

// The samples of a range vector, and how steps see them.
struct RangeInput {
  std::unique_ptr<SampleSource> source;
  RangeShape shape;
};
Result<RangeInput> CompileRange(QueryContext& context, const Steps& steps, const Expr& expr);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_COMPILE_H_
