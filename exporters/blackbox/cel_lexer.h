// The tokens of CEL. For cel_parser.cc only.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_CEL_LEXER_H_
#define NARTHEX_EXPORTERS_BLACKBOX_CEL_LEXER_H_

#include <string>
#include <string_view>
#include <vector>

#include "exporters/blackbox/cel_value.h"

namespace narthex::blackbox {

struct CelToken {
  enum class Kind : unsigned char { kEnd, kName, kLiteral, kSymbol };

  Kind kind = Kind::kEnd;
  std::string_view text;  // of the expression; "true", "false" and "null" are literals
  CelValue value;         // kLiteral
  size_t column = 1;
};

// The last token is kEnd. kInvalidArgument "column 7: finding".
Result<std::vector<CelToken>> ReadCelTokens(std::string_view text);

Status CelErrorAt(size_t column, std::string_view finding);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_CEL_LEXER_H_
