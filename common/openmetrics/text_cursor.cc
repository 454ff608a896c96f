#include "common/openmetrics/text_cursor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/bytes/numbers.h"
#include "common/labels/label_set.h"

namespace narthex::openmetrics {
namespace {

constexpr size_t kNone = std::string_view::npos;

// The closing quote of a text that starts at `from`, past escaped ones; kNone without one.
size_t FindClosingQuote(std::string_view body, size_t from) {
  for (size_t at = from; at < body.size(); ++at) {
    const void* found = std::memchr(body.data() + at, '"', body.size() - at);
    if (found == nullptr) return kNone;
    at = static_cast<size_t>(static_cast<const char*>(found) - body.data());
    size_t backslashes = 0;
    while (at - backslashes > from && body[at - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return at;
  }
  return kNone;
}

}  // namespace

Status TextCursor::Fail(size_t where, std::string_view finding) const {
  const auto line =
      1 + std::count(body.begin(), body.begin() + static_cast<ptrdiff_t>(line_start), '\n');
  return Corruption(std::to_string(line), ":", std::to_string(where - line_start + 1), ": ",
                    finding);
}

std::optional<std::string_view> TextCursor::TakeLine() {
  const size_t end = body.find('\n', at);
  if (end == kNone) return std::nullopt;
  const std::string_view line = body.substr(at, end - at);
  at = end + 1;
  return line;
}

Result<std::string_view> TextCursor::TakeQuoted(std::string_view what, bool may_span_lines) {
  const size_t open = at;
  if (!Take('"')) return Fail(at, status_internal::Join({what, " without opening quote"}));
  const size_t close = FindClosingQuote(body, at);
  const std::string_view text = body.substr(at, close == kNone ? kNone : close - at);
  const bool breaks_line = !may_span_lines && text.find('\n') != kNone;
  if (close == kNone || breaks_line) {
    return Fail(open, status_internal::Join({what, " not closed"}));
  }
  if (!IsValidUtf8(text)) return Fail(open, status_internal::Join({what, " is not UTF-8"}));
  at = close + 1;
  return text;
}

std::optional<double> ParseSampleValue(std::string_view text) {
  const auto value = ParseDouble(text);
  if (!value) return std::nullopt;
  const bool spelled = text.find_first_of("xX") != kNone;
  const bool overflow = std::isinf(*value) && text.find_first_of("0123456789") != kNone;
  if (spelled || overflow) return std::nullopt;
  return value;
}

int64_t WholeMs(double ms) {
  constexpr double kMaxMs = 9007199254740992.0;  // 2^53: any whole number up to there is exact
  return static_cast<int64_t>(std::clamp(ms, -kMaxMs, kMaxMs));
}

std::string UnescapeText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n') {
      out += '\n';
      ++i;
    } else if (next == '\\' || next == '"') {
      out += next;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool HasOnlyKnownEscapes(std::string_view text) {
  for (size_t at = text.find('\\'); at != kNone; at = text.find('\\', at + 2)) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next != 'n' && next != '\\' && next != '"') return false;
  }
  return true;
}

}  // namespace narthex::openmetrics
