#include "common/regex/regex.h"

#include <absl/container/flat_hash_set.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "common/bytes/string_hash.h"
#include "common/regex/search_regex.h"

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

bool IsNameChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The name of a group at the front of a template, behind its dollar. An empty name means that the
// dollar stands for itself.
struct GroupName {
  std::string_view name;
  size_t size = 0;  // in the template, braces included
};

GroupName TakeGroupName(std::string_view text) {
  const bool braced = !text.empty() && text.front() == '{';
  const size_t begin = braced ? 1 : 0;
  size_t end = begin;
  while (end < text.size() && IsNameChar(text[end])) ++end;
  if (end == begin) return {};
  if (!braced) return {text.substr(0, end), end};
  if (end == text.size() || text[end] != '}') return {};
  return {text.substr(begin, end - begin), end + 1};
}

// The number of a group, by its number or its name; nothing when there is none.
std::optional<size_t> GroupIndex(const RE2& re, std::string_view name) {
  const bool leading_zero = name.size() > 1 && name.front() == '0';
  size_t number = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && stop == name.data() + name.size() && !leading_zero) return number;
  const auto& names = re.NamedCapturingGroups();
  const auto found = names.find(std::string(name));
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found->second);
}

std::string Fill(const RE2& re, std::string_view pattern,
                 const std::vector<re2::StringPiece>& groups) {
  std::string out;
  while (!pattern.empty()) {
    const size_t dollar = std::min(pattern.find('$'), pattern.size());
    out += pattern.substr(0, dollar);
    pattern.remove_prefix(dollar);
    if (pattern.empty()) break;
    pattern.remove_prefix(1);
    if (!pattern.empty() && pattern.front() == '$') {
      out += '$';
      pattern.remove_prefix(1);
      continue;
    }
    const GroupName group = TakeGroupName(pattern);
    pattern.remove_prefix(group.size);
    if (group.name.empty()) {
      out += '$';
      continue;
    }
    const auto index = GroupIndex(re, group.name);
    if (index && *index < groups.size()) out.append(groups[*index].data(), groups[*index].size());
  }
  return out;
}

RE2::Options Options(bool dot_matches_newline) {
  RE2::Options options;
  options.set_dot_nl(dot_matches_newline);
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemoryBytes);
  return options;
}

}  // namespace

struct Regex::Compiled {
  Compiled(std::string_view source, const std::string& expression)
      : pattern(source), re(expression, Options(true)), literals(Literals(source)) {
    literal_set.insert(literals.begin(), literals.end());
  }

  std::string pattern;
  RE2 re;
  std::vector<std::string> literals;
  absl::flat_hash_set<std::string, StringHash, std::equal_to<>> literal_set;
};

Regex::Regex() {
  static const std::shared_ptr<const Compiled> kEmpty = std::make_shared<const Compiled>("", "");
  compiled_ = kEmpty;
}

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

std::vector<std::string> Regex::Expand(std::string_view text,
                                       const std::vector<std::string_view>& patterns) const {
  const RE2& re = compiled_->re;
  std::vector<re2::StringPiece> groups(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  const bool matches = re.Match(Piece(text), 0, text.size(), RE2::ANCHOR_BOTH, groups.data(),
                                static_cast<int>(groups.size()));
  std::vector<std::string> filled;
  if (!matches) return filled;
  for (const std::string_view pattern : patterns) filled.push_back(Fill(re, pattern, groups));
  return filled;
}

std::optional<std::string> Regex::Expand(std::string_view text, std::string_view pattern) const {
  std::vector<std::string> filled = Expand(text, std::vector<std::string_view>{pattern});
  if (filled.empty()) return std::nullopt;
  return std::move(filled.front());
}

const std::vector<std::string>& Regex::literals() const { return compiled_->literals; }
const std::string& Regex::pattern() const { return compiled_->pattern; }

struct SearchRegex::Compiled {
  Compiled(std::string_view source, const std::string& expression)
      : pattern(source), re(expression, Options(false)) {}

  std::string pattern;
  RE2 re;
};

SearchRegex::SearchRegex() {
  static const std::shared_ptr<const Compiled> kEmpty = std::make_shared<const Compiled>("", "");
  compiled_ = kEmpty;
}

Result<SearchRegex> SearchRegex::Compile(std::string_view pattern) {
  ASSIGN_OR_RETURN(const std::string expression, ToRe2(pattern));
  auto compiled = std::make_shared<const Compiled>(pattern, expression);
  if (!compiled->re.ok()) {
    return InvalidArgument("regular expression ", Quote(pattern), ": ", compiled->re.error());
  }
  SearchRegex regex;
  regex.compiled_ = std::move(compiled);
  return regex;
}

bool SearchRegex::FindsIn(std::string_view text) const {
  return RE2::PartialMatch(Piece(text), compiled_->re);
}

std::vector<std::string> SearchRegex::Expand(std::string_view text,
                                             const std::vector<std::string_view>& patterns) const {
  const RE2& re = compiled_->re;
  std::vector<re2::StringPiece> groups(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  const bool found = re.Match(Piece(text), 0, text.size(), RE2::UNANCHORED, groups.data(),
                              static_cast<int>(groups.size()));
  std::vector<std::string> filled;
  if (!found) return filled;
  for (const std::string_view pattern : patterns) filled.push_back(Fill(re, pattern, groups));
  return filled;
}

const std::string& SearchRegex::pattern() const { return compiled_->pattern; }

}  // namespace narthex
