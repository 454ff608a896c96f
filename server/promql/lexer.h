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
  kError,             // text is the finding; nothing follows
  kIdentifier,        // a name without a colon that is no keyword
  kMetricIdentifier,  // a name with a colon
  kKeyword,           // a word of the language, in any case: text is in lower case
  kNumber,            // also inf and nan
  kDuration,          // 5m, 1h30m
  kString,            // text is what the quotes hold, escapes resolved
  kOperator,          // one of ( ) { } [ ] , : + - * / % ^ = == != =~ !~ < <= > >= </ >/ @
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  size_t begin = 0;  // in bytes of the expression
  size_t end = 0;
};

// All tokens; kEnd or kError is last.
std::vector<Token> Tokenize(std::string_view expression);

// How a message names a token: identifier "a", <op:+>, end of input.
std::string Describe(const Token& token, std::string_view expression);

// "1:14": line and column of an offset, both from 1; the column counts bytes.
std::string LineAndColumn(std::string_view expression, size_t offset);

// InvalidArgument "1:14: parse error: finding".
Status ErrorAt(std::string_view expression, size_t offset, std::string_view finding);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_LEXER_H_
