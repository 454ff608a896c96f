// Cuts a PromQL expression into tokens.
#ifndef NARTHEX_SERVER_PROMQL_LEXER_H_
#define NARTHEX_SERVER_PROMQL_LEXER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::promql {

enum class TokenKind : unsigned char {
  kEnd,
  kIdentifier,  // names, keywords and functions: the parser tells them apart
  kNumber,
  kDuration,  // 5m, 1h30m
  kString,    // text is what the quotes hold, escapes resolved
  kOperator,  // one of ( ) { } [ ] , : + - * / % ^ = == != =~ !~ < <= > >= @
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  size_t begin = 0;  // in bytes of the expression
  size_t end = 0;
};

// All tokens, kEnd last. Errors as ErrorAt gives them.
Result<std::vector<Token>> Tokenize(std::string_view expression);

// InvalidArgument "1:14: parse error: finding"; column counts bytes from 1.
Status ErrorAt(std::string_view expression, size_t offset, std::string_view finding);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_LEXER_H_
