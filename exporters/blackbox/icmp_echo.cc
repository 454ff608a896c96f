#include "exporters/blackbox/icmp_echo.h"

namespace narthex::blackbox {
namespace {

constexpr size_t kHeadBytes = 8;
constexpr uint8_t kRequestV4 = 8, kReplyV4 = 0, kRequestV6 = 128, kReplyV6 = 129;

uint16_t ShortAt(std::string_view bytes, size_t at) {
  const auto high = static_cast<unsigned>(static_cast<uint8_t>(bytes[at]));
  return static_cast<uint16_t>(high << 8 | static_cast<uint8_t>(bytes[at + 1]));
}

void PutShort(std::string& bytes, size_t at, unsigned value) {
  bytes[at] = static_cast<char>(value >> 8 & 0xff);
  bytes[at + 1] = static_cast<char>(value & 0xff);
}

// RFC 1071.
uint16_t Checksum(std::string_view bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) sum += ShortAt(bytes, i);
  if (bytes.size() % 2 != 0) sum += static_cast<uint32_t>(static_cast<uint8_t>(bytes.back())) << 8;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

std::string IcmpEcho::Request() const {
  std::string out(kHeadBytes, '\0');
  out[0] = static_cast<char>(is_v6 ? kRequestV6 : kRequestV4);
  PutShort(out, 4, id);
  PutShort(out, 6, sequence);
  out += payload;
  if (!is_v6) PutShort(out, 2, Checksum(out));
  return out;
}

bool IcmpEcho::IsReply(std::string_view message, bool knows_id) const {
  if (message.size() != kHeadBytes + payload.size()) return false;
  if (static_cast<uint8_t>(message[0]) != (is_v6 ? kReplyV6 : kReplyV4) || message[1] != 0)
    return false;
  return (!knows_id || ShortAt(message, 4) == id) && ShortAt(message, 6) == sequence &&
         message.substr(kHeadBytes) == payload;
}

std::string_view WithoutIpHeader(std::string_view packet) {
  if (packet.empty()) return {};
  const size_t size = static_cast<size_t>(static_cast<uint8_t>(packet[0]) & 15) * 4;
  return packet.size() < size ? std::string_view() : packet.substr(size);
}

}  // namespace narthex::blackbox
