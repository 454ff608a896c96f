// Expressions as text, in the one canonical spelling: parsing it gives the same expression again.
#ifndef NARTHEX_SERVER_PROMQL_PRINTER_H_
#define NARTHEX_SERVER_PROMQL_PRINTER_H_

#include <string>

#include "server/promql/ast.h"

namespace narthex::promql {

std::string Print(const Expr& expr);
std::string Print(const DurationExpr& expr);

// Parts of them: "sum by (job) ", "/ bool on (a)", "[5m:1m] @ 10.000".
std::string PrintHead(const Aggregate& aggregate);
std::string PrintOperator(const Binary& binary);
std::string PrintWindow(const Subquery& subquery);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_PRINTER_H_
