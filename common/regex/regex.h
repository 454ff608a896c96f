// Regular expressions as the field's users know them: Go's syntax, anchored at both ends, dot
// matching line feeds, linear time. RE2 does the work.
#ifndef NARTHEX_COMMON_REGEX_REGEX_H_
#define NARTHEX_COMMON_REGEX_REGEX_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex {

// Immutable; matching is safe from many threads. Copies share the compiled form.
class Regex {
 public:
  Regex();  // matches the empty text

  // kInvalidArgument says where the expression is wrong. `\C`, which Go lacks, is refused;
  // Go's (?<name>…) is taken.
  static Result<Regex> Compile(std::string_view pattern);

  bool Matches(std::string_view text) const;
  // Whether any part of the text matches: for flags whose originals do not anchor.
  bool FindsIn(std::string_view text) const;

  // Matches as Matches(), and fills the groups of the match into a template, as Go's Expand does:
  // $1 and ${1} by number, $name and ${name} by name, where a name without braces goes as far as it
  // can; $$ is a dollar, an unknown group empty. Nothing where the text does not match.
  std::optional<std::string> Expand(std::string_view text, std::string_view pattern) const;
  // As Expand for each of several templates; empty where the text does not match.
  std::vector<std::string> Expand(std::string_view text,
                                  const std::vector<std::string_view>& patterns) const;

  // The texts that alone can match, when the expression is an alternation of literals such as
  // "a|b|c"; empty when it is anything else. Lets a caller look values up instead of trying all.
  const std::vector<std::string>& literals() const;

  const std::string& pattern() const;
  friend bool operator==(const Regex& a, const Regex& b) { return a.pattern() == b.pattern(); }

 private:
  struct Compiled;
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_REGEX_REGEX_H_
