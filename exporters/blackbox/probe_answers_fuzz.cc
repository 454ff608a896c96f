// What targets answer, of the kind that the first byte says: DNS, gRPC, websockets, ICMP,
// compressed bodies. Bounded by its size, and the same again where it is read again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/blackbox/body_decoder.h"
#include "exporters/blackbox/dns_message.h"
#include "exporters/blackbox/grpc_health.h"
#include "exporters/blackbox/icmp_echo.h"
#include "exporters/blackbox/websocket_frames.h"

namespace {

using namespace narthex::blackbox;

void ReadDns(std::string_view data) {
  const auto message = ParseDnsMessage(data);
  if (!message.ok()) return;
  size_t records = 0;
  for (const auto* section : {&message->answer, &message->authority, &message->additional})
    records += section->size();
  if (records * 11 > data.size()) __builtin_trap();  // each has at least a name and ten bytes
}

void ReadWebsocket(std::string_view data) {
  (void)ParseWebsocketReply(data, "dGhlIHNhbXBsZSBub25jZQ==");
  if (data.size() < 2) return;
  const size_t head = WebsocketHeadBytes(data);
  if (data.size() >= head) (void)ParseWebsocketHead(data.substr(0, head));
}

void Decode(std::string_view compression, std::string_view data) {
  const auto decoder = NewBodyDecoder(compression);
  size_t size = 0;
  const auto sink = [&size](std::string_view piece) { return (size += piece.size()) < 1 << 20; };
  const size_t half = data.size() / 2;
  if (decoder->Decode(data.substr(0, half), sink).ok() &&
      decoder->Decode(data.substr(half), sink).ok())
    (void)decoder->Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 7) {
    case 0:
      ReadDns(rest);
      break;
    case 1:
      (void)ParseHealthAnswer(rest);
      break;
    case 2:
      ReadWebsocket(rest);
      break;
    case 3:
      (void)IcmpEcho{false, 1, 2, "payload"}.IsReply(WithoutIpHeader(rest), true);
      break;
    case 4:
      Decode("gzip", rest);
      break;
    case 5:
      Decode("br", rest);
      break;
    default:
      Decode("deflate", rest);
  }
  return 0;
}
