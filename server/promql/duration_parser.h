// Durations in PromQL: plain ones, and expressions such as step() * 2 or max_of(5m, range()).
#ifndef NARTHEX_SERVER_PROMQL_DURATION_PARSER_H_
#define NARTHEX_SERVER_PROMQL_DURATION_PARSER_H_

#include <optional>

#include "server/promql/token_cursor.h"

namespace narthex::promql {

// The value of a number token: decimal, 0x1f, 0b11, 0o17, 017, inf, nan; underscores between
// digits.
std::optional<double> NumberValue(std::string_view text);
// The seconds of a number or duration token.
Result<double> SecondsOf(const TokenCursor& cursor, const Token& token);

// Of a range or a subquery's step: positive. `context` and `wanted` are for the error where there
// is no duration.
Result<DurationSpec> ParsePositiveDuration(TokenCursor& cursor, std::string_view context,
                                           std::string_view wanted);
// What follows `offset`: may be negative, and only binds what stands next to it.
Result<DurationSpec> ParseOffset(TokenCursor& cursor);

// Milliseconds that an expression comes to. `place` of the finding is in the query's text.
// kInvalid- Argument beyond what a duration can be, where it is not positive but must be, and for a
// division by zero.
Result<int64_t> EvaluateDuration(const DurationExpr& expr, double step_s, double range_s,
                                 bool negative_allowed);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_DURATION_PARSER_H_
