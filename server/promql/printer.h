// Expressions as text, in the one canonical spelling: parsing it gives the same expression again.
#ifndef NARTHEX_SERVER_PROMQL_PRINTER_H_
#define NARTHEX_SERVER_PROMQL_PRINTER_H_

#include <string>

#include "server/promql/ast.h"

namespace narthex::promql {

std::string Print(const Expr& expr);
std::string Print(const DurationExpr& expr);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_PRINTER_H_
