// Quoted strings of PromQL: "…" and '…' with Go's escapes, `…` as it stands.
#ifndef NARTHEX_SERVER_PROMQL_STRING_LITERAL_H_
#define NARTHEX_SERVER_PROMQL_STRING_LITERAL_H_

#include <string>
#include <string_view>

namespace narthex::promql {

struct StringLiteralText {
  std::string value;
  size_t end = 0;       // behind the closing quote
  std::string finding;  // empty, or why it is no string
};

// The literal that begins at `begin` of a text, where its quote stands.
StringLiteralText ReadStringLiteral(std::string_view text, size_t begin);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_STRING_LITERAL_H_
