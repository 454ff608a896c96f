#include "common/regex/regex.h"

#include <absl/container/flat_hash_set.h>
#include <re2/re2.h>

#include <functional>

#include "common/bytes/string_hash.h"

namespace narthex {
namespace {

constexpr int64_t kMaxMemoryBytes = 64 << 20;  // large alternations are usual in this field

bool IsMeta(char c) {
  return std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos;
}

// The alternatives of a pattern without any operator but '|'; empty for others.
std::vector<std::string> Literals(std::string_view pattern) {
  std::vector<std::string> literals(1);
  for (char c : pattern) {
    if (c == '|') {
      literals.emplace_back();
    } else if (IsMeta(c)) {
      return {};
    } else {
      literals.back() += c;
    }
  }
  return literals;
}

// RE2 of this version spells a named group (?P<name>…) only; and has \C, which Go has not.
Result<std::string> ToRe2(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      if (pattern[i + 1] == 'C') return InvalidArgument("invalid escape sequence: `\\C`");
      out += c;
      out += pattern[++i];
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    out += c;
    const std::string_view rest = pattern.substr(i);
    const bool named = !in_class && rest.substr(0, 3) == "(?<" && rest.size() > 3;
    if (named) {
      out += "?P";
      ++i;
    }
  }
  return out;
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options Options() {
  RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemoryBytes);
  return options;
}

}  // namespace

struct Regex::Compiled {
  Compiled(std::string_view source, const std::string& expression)
      : pattern(source), re(expression, Options()), literals(Literals(source)) {
    literal_set.insert(literals.begin(), literals.end());
  }

  std::string pattern;
  RE2 re;
  std::vector<std::string> literals;
  absl::flat_hash_set<std::string, StringHash, std::equal_to<>> literal_set;
};

Result<Regex> Regex::Compile(std::string_view pattern) {
  ASSIGN_OR_RETURN(const std::string expression, ToRe2(pattern));
  auto compiled = std::make_shared<const Compiled>(pattern, expression);
  if (!compiled->re.ok()) {
    return InvalidArgument("regular expression ", Quote(pattern), ": ", compiled->re.error());
  }
  return Regex(std::move(compiled));
}

bool Regex::Matches(std::string_view text) const {
  if (!compiled_->literals.empty()) return compiled_->literal_set.contains(text);
  return RE2::FullMatch(Piece(text), compiled_->re);
}

bool Regex::FindsIn(std::string_view text) const {
  return RE2::PartialMatch(Piece(text), compiled_->re);
}

const std::vector<std::string>& Regex::literals() const { return compiled_->literals; }
const std::string& Regex::pattern() const { return compiled_->pattern; }

}  // namespace narthex
