// info(): adds labels of info metrics, such as target_info, to the series they are about.
#ifndef NARTHEX_SERVER_PROMQL_INFO_OPERATOR_H_
#define NARTHEX_SERVER_PROMQL_INFO_OPERATOR_H_

#include "server/promql/ast.h"
#include "server/promql/query_context.h"

namespace narthex::promql {

// `call` is the call, prepared; `input` its first argument, compiled. Series find their info metric
// by the labels instance and job. Holds its input.
OperatorPtr NewInfo(QueryContext& context, const Steps& steps, const Call& call, OperatorPtr input);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_INFO_OPERATOR_H_
