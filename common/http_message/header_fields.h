// What the texts of HTTP/1 requests and answers have in common: the end of a head, its lines, the
// fields that frame a body. Source: RFC 9110, RFC 9112.
#ifndef NARTHEX_COMMON_HTTP_MESSAGE_HEADER_FIELDS_H_
#define NARTHEX_COMMON_HTTP_MESSAGE_HEADER_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

// The end of a head in `text`, its empty line included; 0 when it is not there yet. `scanned` bytes
// were looked at before.
size_t FindHeadEnd(std::string_view text, size_t scanned);

// Takes a line off `text`; its end is CRLF, or LF alone as many a script sends it.
std::string_view NextLine(std::string_view& text);

bool IsHttpToken(std::string_view text);
bool IsControlByte(char c);

struct HeaderField {
  std::string_view name, value;  // in the line
};
// kInvalidArgument for a line that programs understand differently.
Result<HeaderField> ParseHeaderField(std::string_view line);

// The value of Content-Length. kInvalidArgument for what is no number.
Result<uint64_t> ParseContentLength(std::string_view value);

// Whether a comma-separated list names `word`, whatever its case.
bool ListNames(std::string_view list, std::string_view word);

// Of the line before a chunk, extensions and all.
std::optional<uint64_t> ParseChunkSize(std::string_view line);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_MESSAGE_HEADER_FIELDS_H_
