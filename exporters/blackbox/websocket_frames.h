// The websocket protocol (RFC 6455), as a client speaks it: the answer to its handshake, and
// frames.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_WEBSOCKET_FRAMES_H_
#define NARTHEX_EXPORTERS_BLACKBOX_WEBSOCKET_FRAMES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::blackbox {

inline constexpr uint8_t kWebsocketText = 1, kWebsocketBinary = 2, kWebsocketClose = 8,
                         kWebsocketPing = 9, kWebsocketPong = 10;

// What the server has to give back for a key: Sec-WebSocket-Accept.
std::string WebsocketAccept(std::string_view key);

// The status of the head of an HTTP answer, and whether it turns to a websocket for that key.
// kCorruption for what is no such head.
struct WebsocketReply {
  int http_status = 0;
  bool upgrades = false;
};
Result<WebsocketReply> ParseWebsocketReply(std::string_view head, std::string_view key);

// A whole frame of a client, masked.
std::string EncodeWebsocketFrame(uint8_t opcode, std::string_view payload,
                                 const std::array<uint8_t, 4>& mask);

struct WebsocketFrameHead {
  bool final = false;
  uint8_t opcode = 0;  // 0: goes on with the message before
  uint64_t size_bytes = 0;
};
// How many bytes a head has, by its first two.
size_t WebsocketHeadBytes(std::string_view first_two);
// kCorruption for what a server may not send.
Result<WebsocketFrameHead> ParseWebsocketHead(std::string_view head);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_WEBSOCKET_FRAMES_H_
