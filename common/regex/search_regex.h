// Regular expressions that are searched for in a text, as Go does by default: not anchored, and a
// dot does not match a line feed. Otherwise as regex.h has them.
#ifndef NARTHEX_COMMON_REGEX_SEARCH_REGEX_H_
#define NARTHEX_COMMON_REGEX_SEARCH_REGEX_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex {

// Immutable; searching is safe from many threads. Copies share the compiled form.
class SearchRegex {
 public:
  SearchRegex();  // finds itself everywhere

  // kInvalidArgument says where the expression is wrong.
  static Result<SearchRegex> Compile(std::string_view pattern);

  bool FindsIn(std::string_view text) const;

  // The groups of the first match filled into templates, as Regex::Expand does; empty where there
  // is no match.
  std::vector<std::string> Expand(std::string_view text,
                                  const std::vector<std::string_view>& patterns) const;

  const std::string& pattern() const;

 private:
  struct Compiled;

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_REGEX_SEARCH_REGEX_H_
