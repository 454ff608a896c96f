// A place in a text exposition, and the small readers that both text formats are made of. Nothing
// is copied: what a reader returns points into the body.
#ifndef NARTHEX_COMMON_OPENMETRICS_TEXT_CURSOR_H_
#define NARTHEX_COMMON_OPENMETRICS_TEXT_CURSOR_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::openmetrics {

inline bool IsBlank(char c) { return c == ' ' || c == '\t'; }

inline bool IsNameByte(char c, bool allow_colon) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9') ||
         (allow_colon && c == ':');
}

struct TextCursor {
  std::string_view body;
  size_t at = 0;
  size_t line_start = 0;  // for Fail's line and column; readers that know lines keep it

  // kCorruption "line:column: finding".
  Status Fail(size_t where, std::string_view finding) const;

  bool AtEnd() const { return at == body.size(); }
  char Peek() const { return at < body.size() ? body[at] : '\0'; }
  bool Take(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++at;
    return true;
  }
  bool Take(std::string_view text) {
    if (body.substr(at, text.size()) != text) return false;
    at += text.size();
    return true;
  }
  // Whether there was one.
  bool SkipBlanks() {
    const size_t before = at;
    while (IsBlank(Peek())) ++at;
    return at != before;
  }

  // A name that needs no quotes; empty where none begins.
  std::string_view TakeName(bool allow_colon) {
    const size_t begin = at;
    if (Peek() >= '0' && Peek() <= '9') return {};
    while (IsNameByte(Peek(), allow_colon)) ++at;
    return body.substr(begin, at - begin);
  }

  // Everything up to the next blank or line end.
  std::string_view TakeWord() {
    const size_t begin = at;
    while (!AtEnd() && !IsBlank(body[at]) && body[at] != '\n') ++at;
    return body.substr(begin, at - begin);
  }

  // Everything up to the line's end, and past it; nothing where the body ends without one.
  std::optional<std::string_view> TakeLine();

  // What stands between double quotes, still escaped. `what` names it in an error.
  Result<std::string_view> TakeQuoted(std::string_view what, bool may_span_lines = false);
};

// A sample's value: decimal, no hexadecimal or underscores; finite digits must give a finite
// number.
std::optional<double> ParseSampleValue(std::string_view text);

// Finite milliseconds, cut to a whole number; what lies beyond the year 280,000 becomes that.
int64_t WholeMs(double ms);

// The text with \\, \" and \n resolved. Any other backslash stands for itself.
std::string UnescapeText(std::string_view text);

// Whether no backslash in the text stands for itself.
bool HasOnlyKnownEscapes(std::string_view text);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_TEXT_CURSOR_H_
