#include "common/status/status.h"

#include <cstring>
#include <system_error>

namespace narthex {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kNotFound:
      return "not_found";
    case Code::kNoData:
      return "no_data";
    case Code::kCorruption:
      return "corruption";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kTimeout:
      return "timeout";
    case Code::kCancelled:
      return "cancelled";
    case Code::kLimit:
      return "limit";
    case Code::kOutOfOrder:
      return "out_of_order";
    case Code::kOutOfBounds:
      return "out_of_bounds";
    case Code::kDuplicate:
      return "duplicate";
  }
  return "unknown";
}

Status Status::Prefixed(std::string_view context) const {
  if (ok()) return {};
  return Status(code(), status_internal::Join({context, ": ", message()}));
}

namespace status_internal {
std::string Join(std::initializer_list<std::string_view> pieces) {
  size_t size = 0;
  for (std::string_view piece : pieces) size += piece.size();
  std::string joined;
  joined.reserve(size);
  for (std::string_view piece : pieces) joined += piece;
  return joined;
}
}  // namespace status_internal

Status ErrnoStatus(std::string_view action, int error) {
  Code code = Code::kUnavailable;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EOPNOTSUPP) code = Code::kNoData;
  return Status(code,
                status_internal::Join(
                    {action, ": ", std::error_code(error, std::generic_category()).message()}));
}

std::string Quote(std::string_view text) {
  constexpr size_t kMaxShown = 120;
  constexpr char kHex[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (char c : text.substr(0, kMaxShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\x";
      quoted += kHex[byte >> 4];
      quoted += kHex[byte & 15];
    } else {
      quoted += c;
    }
  }
  if (text.size() > kMaxShown) quoted += "…";
  return quoted + '"';
}

}  // namespace narthex
