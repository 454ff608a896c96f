// Expressions as text over several lines: what is longer than a line is cut where its parts meet.
// Parsing it gives the same expression again. The layout is that of the reference's format_query.
#ifndef NARTHEX_SERVER_PROMQL_PRETTY_H_
#define NARTHEX_SERVER_PROMQL_PRETTY_H_

#include <string>

#include "server/promql/ast.h"

namespace narthex::promql {

std::string PrettyPrint(const Expr& expr);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_PRETTY_H_
