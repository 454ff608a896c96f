// The tree of an expression in JSON, as clients draw it. Fields follow the reference's parse_query.
#ifndef NARTHEX_SERVER_API_EXPRESSION_JSON_H_
#define NARTHEX_SERVER_API_EXPRESSION_JSON_H_

#include <string>

#include "server/promql/ast.h"

namespace narthex::server {

void AppendExpression(std::string& out, const promql::Expr& expr);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_EXPRESSION_JSON_H_
