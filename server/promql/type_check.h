// Whether the parts of an expression fit together: types, counts of arguments, matching.
#ifndef NARTHEX_SERVER_PROMQL_TYPE_CHECK_H_
#define NARTHEX_SERVER_PROMQL_TYPE_CHECK_H_

#include <string_view>

#include "common/status/status.h"
#include "server/promql/ast.h"

namespace narthex::promql {

// Errors as ErrorAt() gives them. Set operators become many-to-many.
Status CheckTypes(std::string_view query, Expr& expr);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_TYPE_CHECK_H_
