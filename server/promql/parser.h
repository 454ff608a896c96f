// PromQL text to a type-checked tree. What this server does not evaluate is refused here, by name.
#ifndef NARTHEX_SERVER_PROMQL_PARSER_H_
#define NARTHEX_SERVER_PROMQL_PARSER_H_

#include <string_view>

#include "common/status/status.h"
#include "server/promql/ast.h"

namespace narthex::promql {

inline constexpr size_t kMaxQueryBytes = 1 << 20;
inline constexpr int kMaxQueryDepth = 200;

// kInvalidArgument "1:14: parse error: …".
Result<ExprPtr> Parse(std::string_view query);

// The matchers of a selector such as up{job="a"}, as match[] parameters give them.
Result<std::vector<storage::Matcher>> ParseMatchers(std::string_view selector);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_PARSER_H_
