// Regular expressions of a module, searched for as the original does: anywhere in a text.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_SEARCH_PATTERN_H_
#define NARTHEX_EXPORTERS_BLACKBOX_SEARCH_PATTERN_H_

#include <string>
#include <string_view>

#include "common/regex/search_regex.h"

namespace narthex::blackbox {

struct SearchPattern {
  SearchRegex regex;
  bool given = false;  // one that is given may be empty, and then finds itself everywhere
};

inline Status FromText(std::string_view text, SearchPattern& pattern) {
  ASSIGN_OR_RETURN(pattern.regex, SearchRegex::Compile(text));
  pattern.given = true;
  return {};
}

inline std::string ToText(const SearchPattern& pattern) { return pattern.regex.pattern(); }

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_SEARCH_PATTERN_H_
