// The parts of an expression that name labels: {job="a",…} and (job, instance).
#ifndef NARTHEX_SERVER_PROMQL_SELECTOR_PARSER_H_
#define NARTHEX_SERVER_PROMQL_SELECTOR_PARSER_H_

#include <string>
#include <vector>

#include "server/promql/token_cursor.h"

namespace narthex::promql {

// What the braces hold; the cursor stands at the opening one. A quoted name alone is the metric's.
Result<std::vector<storage::Matcher>> ParseBraces(TokenCursor& cursor);

// Names between parentheses, as by, on and group_left take them.
Result<std::vector<std::string>> ParseLabelList(TokenCursor& cursor);

// Whether a label may be called so: any UTF-8 but nothing.
bool IsValidLabelName(std::string_view name);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SELECTOR_PARSER_H_
