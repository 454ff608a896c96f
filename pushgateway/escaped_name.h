// Names that are not legacy, as they travel where only legacy ones can: "U__" in front, "__" for
// an underscore, "_2e_" for the rune U+002E. Prometheus calls this escaping "values".
#ifndef NARTHEX_PUSHGATEWAY_ESCAPED_NAME_H_
#define NARTHEX_PUSHGATEWAY_ESCAPED_NAME_H_

#include <string>
#include <string_view>

namespace narthex::pushgateway {

// The name that `text` stands for; `text` itself where it is not escaped, or not rightly.
std::string UnescapeName(std::string_view text);

// A text that UnescapeName gives the name for: the name itself, where it can be.
std::string EscapeForPath(std::string_view name);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_ESCAPED_NAME_H_
