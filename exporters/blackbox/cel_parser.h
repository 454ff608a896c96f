// CEL expressions as trees. For the files of cel_program.h only.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_CEL_PARSER_H_
#define NARTHEX_EXPORTERS_BLACKBOX_CEL_PARSER_H_

#include <memory>
#include <string>
#include <vector>

#include "common/regex/search_regex.h"
#include "exporters/blackbox/cel_value.h"

namespace narthex::blackbox {

struct CelNode {
  enum class Kind : unsigned char {
    kLiteral,    // value
    kVariable,   // slot
    kField,      // arguments[0].name
    kHas,        // has(arguments[0].name)
    kIndex,      // arguments[0][arguments[1]]
    kList,       // [arguments...]
    kMap,        // {arguments[0]: arguments[1], ...}
    kNot,        // !arguments[0]
    kNegate,     // -arguments[0]
    kOperation,  // arguments[0] name arguments[1], where name is + - * / % < <= > >= == != in
    kAnd,
    kOr,
    kCondition,  // arguments[0] ? arguments[1] : arguments[2]
    kCall,       // name(arguments...); of a method the receiver is the first argument
    kMacro,      // arguments[0].name(slot, arguments[1]...)
  };

  Kind kind;
  std::string name;
  CelValue value;
  size_t slot = 0;  // 0 is `body`, the others are variables of macros, the outermost first
  std::vector<std::unique_ptr<CelNode>> arguments;
  SearchRegex regex;  // of matches() where its pattern is a literal
};

// kInvalidArgument "column 7: finding".
Result<std::unique_ptr<CelNode>> ParseCel(std::string_view text);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_CEL_PARSER_H_
