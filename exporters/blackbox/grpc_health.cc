#include "exporters/blackbox/grpc_health.h"

namespace narthex::blackbox {
namespace {

constexpr size_t kHeadBytes = 5;  // whether it is compressed, and its size in four bytes
constexpr unsigned kVarint = 0, kFixed64 = 1, kCounted = 2, kFixed32 = 5;

void PutVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

bool TakeVarint(std::string_view& data, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !data.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(data.front());
    data.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool Skip(std::string_view& data, unsigned wire_type) {
  uint64_t size = 0;
  if (wire_type == kVarint) return TakeVarint(data, size);
  if (wire_type == kFixed64) size = 8;
  if (wire_type == kFixed32) size = 4;
  if (wire_type == kCounted && !TakeVarint(data, size)) return false;
  if ((wire_type != kFixed64 && wire_type != kFixed32 && wire_type != kCounted) ||
      size > data.size())
    return false;
  data.remove_prefix(size);
  return true;
}

}  // namespace

std::string EncodeHealthRequest(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += static_cast<char>(1U << 3 | kCounted);
    PutVarint(message, service.size());
    message += service;
  }
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(message.size() >> shift & 0xff);
  return out + message;
}

Result<uint64_t> ParseHealthAnswer(std::string_view body) {
  const auto broken = [] { return Corruption("gRPC: broken answer of the health service"); };
  if (body.size() < kHeadBytes) return broken();
  if (body[0] != 0) return Corruption("gRPC: the answer is compressed, which was not asked for");
  uint64_t size = 0;
  for (size_t i = 1; i < kHeadBytes; ++i) size = size << 8 | static_cast<uint8_t>(body[i]);
  std::string_view message = body.substr(kHeadBytes);
  if (size != message.size()) return broken();
  uint64_t state = 0;
  while (!message.empty()) {
    uint64_t key = 0;
    if (!TakeVarint(message, key)) return broken();
    const bool is_state = key == (1U << 3 | kVarint);
    if (is_state ? !TakeVarint(message, state) : !Skip(message, static_cast<unsigned>(key & 7)))
      return broken();
  }
  return state;
}

}  // namespace narthex::blackbox
