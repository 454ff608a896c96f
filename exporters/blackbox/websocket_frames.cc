#include "exporters/blackbox/websocket_frames.h"

#include <absl/strings/escaping.h>
#include <openssl/sha.h>

#include <algorithm>

#include "common/bytes/ignore_case.h"
#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"

namespace narthex::blackbox {
namespace {

constexpr std::string_view kKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr uint64_t kMaxControlBytes = 125;

// Whether a header with commas has a word.
bool HasWord(std::string_view value, std::string_view word) {
  while (!value.empty()) {
    const size_t comma = std::min(value.find(','), value.size());
    if (EqualIgnoringCase(TrimBlanks(value.substr(0, comma)), word)) return true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return false;
}

}  // namespace

std::string WebsocketAccept(std::string_view key) {
  const std::string text = std::string(key) + std::string(kKeySuffix);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

Result<WebsocketReply> ParseWebsocketReply(std::string_view head, std::string_view key) {
  const size_t end = std::min(head.find("\r\n"), head.size());
  const std::string_view line = head.substr(0, end);
  const auto status = line.size() >= 12 ? ParseUnsigned(line.substr(9, 3)) : std::nullopt;
  if (!line.starts_with("HTTP/1.") || !status || line[8] != ' ')
    return Corruption("no answer of HTTP: ", Quote(line));
  bool upgrade = false;
  bool connection = false;
  bool accept = false;
  head.remove_prefix(std::min(end + 2, head.size()));
  while (!head.empty()) {
    const size_t line_end = std::min(head.find("\r\n"), head.size());
    const std::string_view header = head.substr(0, line_end);
    head.remove_prefix(std::min(line_end + 2, head.size()));
    const size_t colon = header.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = header.substr(0, colon);
    const std::string_view value = TrimBlanks(header.substr(colon + 1));
    upgrade = upgrade || (EqualIgnoringCase(name, "Upgrade") && HasWord(value, "websocket"));
    connection = connection || (EqualIgnoringCase(name, "Connection") && HasWord(value, "upgrade"));
    accept = accept ||
             (EqualIgnoringCase(name, "Sec-WebSocket-Accept") && value == WebsocketAccept(key));
  }
  return WebsocketReply{static_cast<int>(*status),
                        *status == 101 && upgrade && connection && accept};
}

std::string EncodeWebsocketFrame(uint8_t opcode, std::string_view payload,
                                 const std::array<uint8_t, 4>& mask) {
  std::string out;
  out += static_cast<char>(0x80 | opcode);
  const uint64_t size = payload.size();
  const int size_bytes = size <= kMaxControlBytes ? 0 : size <= 0xffff ? 2 : 8;
  const uint64_t first = size_bytes == 0 ? size : size_bytes == 2 ? 126 : 127;
  out += static_cast<char>(0x80 | first);
  for (int shift = size_bytes * 8 - 8; shift >= 0; shift -= 8)
    out += static_cast<char>(size >> shift & 0xff);
  for (const uint8_t byte : mask) out += static_cast<char>(byte);
  for (size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(static_cast<uint8_t>(payload[i]) ^ mask[i % 4]);
  return out;
}

size_t WebsocketHeadBytes(std::string_view first_two) {
  const auto size = static_cast<uint8_t>(first_two[1]) & 0x7f;
  return size == 126 ? 4 : size == 127 ? 10 : 2;
}

Result<WebsocketFrameHead> ParseWebsocketHead(std::string_view head) {
  const auto first = static_cast<uint8_t>(head[0]);
  const auto second = static_cast<uint8_t>(head[1]);
  WebsocketFrameHead frame{(first & 0x80) != 0, static_cast<uint8_t>(first & 15), second & 0x7fU};
  if (head.size() > 2) {
    frame.size_bytes = 0;
    for (const char c : head.substr(2))
      frame.size_bytes = frame.size_bytes << 8 | static_cast<uint8_t>(c);
  }
  const bool control = frame.opcode >= kWebsocketClose;
  if ((first & 0x70) != 0) return Corruption("websocket: reserved bits are set");
  if ((second & 0x80) != 0) return Corruption("websocket: a server's frame is masked");
  if ((frame.opcode > kWebsocketBinary && !control) || frame.opcode > kWebsocketPong)
    return Corruption("websocket: unknown kind of frame");
  if (control && (!frame.final || frame.size_bytes > kMaxControlBytes))
    return Corruption("websocket: broken control frame");
  return frame;
}

}  // namespace narthex::blackbox
