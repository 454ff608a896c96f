#include "common/http_message/header_fields.h"

#include <algorithm>
#include <charconv>

#include "common/bytes/ignore_case.h"
#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"

namespace narthex {
namespace {

bool IsTokenChar(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

size_t FindHeadEnd(std::string_view text, size_t scanned) {
  size_t at = scanned > 2 ? scanned - 2 : 0;
  while ((at = text.find('\n', at)) != std::string_view::npos) {
    ++at;
    if (text.substr(at, 1) == "\n") return at + 1;
    if (text.substr(at, 2) == "\r\n") return at + 2;
  }
  return 0;
}

std::string_view NextLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool IsHttpToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsControlByte(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Result<HeaderField> ParseHeaderField(std::string_view line) {
  const size_t colon = line.find(':');
  // A space before the colon or a folded line means different things to different programs.
  if (colon == std::string_view::npos || !IsHttpToken(line.substr(0, colon)))
    return InvalidArgument("broken header ", Quote(line.substr(0, colon)));
  const HeaderField field{line.substr(0, colon), TrimBlanks(line.substr(colon + 1))};
  const bool printable = std::none_of(field.value.begin(), field.value.end(),
                                      [](char c) { return IsControlByte(c) && c != '\t'; });
  if (!printable) return InvalidArgument("control byte in header ", Quote(field.name));
  return field;
}

Result<uint64_t> ParseContentLength(std::string_view value) {
  const bool digits = !value.empty() && std::all_of(value.begin(), value.end(),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  const auto length = digits ? ParseUnsigned(value) : std::nullopt;
  if (!length) return InvalidArgument("broken Content-Length ", Quote(value));
  return *length;
}

bool ListNames(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (EqualIgnoringCase(TrimBlanks(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::optional<uint64_t> ParseChunkSize(std::string_view line) {
  line = TrimBlanks(line.substr(0, line.find(';')));
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
  if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
  return size;
}

}  // namespace narthex
