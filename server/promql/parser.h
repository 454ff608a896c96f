// PromQL text to a type-checked tree.
//
// The language is that of Prometheus 3.14: https://prometheus.io/docs/prometheus/latest/querying/.
#ifndef NARTHEX_SERVER_PROMQL_PARSER_H_
#define NARTHEX_SERVER_PROMQL_PARSER_H_

#include <string_view>

#include "common/status/status.h"
#include "server/promql/ast.h"

namespace narthex::promql {

inline constexpr size_t kMaxQueryBytes = 1 << 20;
inline constexpr int kMaxQueryDepth = 200;

// What the reference keeps behind --enable-feature; refused by name unless it is on.
struct ParserOptions {
  bool experimental_functions = false;    // promql-experimental-functions
  bool extended_range_selectors = false;  // promql-extended-range-selectors
  bool fill_modifiers = false;            // promql-binop-fill-modifiers

  static ParserOptions All() { return {true, true, true}; }
};

// kInvalidArgument "1:14: parse error: …".
Result<ExprPtr> Parse(std::string_view query, const ParserOptions& options = {});

// The matchers of a selector such as up{job="a"}, as match[] parameters give them.
Result<std::vector<storage::Matcher>> ParseMatchers(std::string_view selector);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_PARSER_H_
