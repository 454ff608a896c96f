// The fields that files of the database are made of: big-endian integers, varints as Go's
// encoding/binary writes them, signed ones as zigzag, texts with their size in front.
#ifndef NARTHEX_SERVER_TSDB_BYTE_CODEC_H_
#define NARTHEX_SERVER_TSDB_BYTE_CODEC_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace narthex::tsdb {

inline constexpr size_t kMaxVarintBytes = 10;

inline uint64_t ZigzagOf(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t FromZigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

// Writes at `out`, which has room for kMaxVarintBytes; returns the size.
inline size_t WriteVarint(char* out, uint64_t value) {
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) out[size++] = static_cast<char>(value | 0x80);
  out[size++] = static_cast<char>(value);
  return size;
}

inline void PutFixed32(std::string& out, uint32_t value) {
  const uint32_t big_endian = __builtin_bswap32(value);
  char bytes[sizeof big_endian];
  std::memcpy(bytes, &big_endian, sizeof big_endian);
  out.append(bytes, sizeof bytes);
}
inline void PutFixed64(std::string& out, uint64_t value) {
  const uint64_t big_endian = __builtin_bswap64(value);
  char bytes[sizeof big_endian];
  std::memcpy(bytes, &big_endian, sizeof big_endian);
  out.append(bytes, sizeof bytes);
}
inline void PutDouble(std::string& out, double value) {
  PutFixed64(out, std::bit_cast<uint64_t>(value));
}
inline void PutVarint(std::string& out, uint64_t value) {
  char bytes[kMaxVarintBytes];
  out.append(bytes, WriteVarint(bytes, value));
}
inline void PutZigzag(std::string& out, int64_t value) { PutVarint(out, ZigzagOf(value)); }
inline void PutText(std::string& out, std::string_view text) {
  PutVarint(out, text.size());
  out += text;
}

// Takes fields off the front of bytes; after the end everything is zero and failed() is true.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty() || failed_; }
  bool failed() const { return failed_; }
  std::string_view rest() const { return rest_; }
  void Fail() { failed_ = true; }

  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  uint32_t Fixed32() {
    uint32_t value = 0;
    const std::string_view bytes = Take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return __builtin_bswap32(value);
  }
  uint64_t Fixed64() {
    uint64_t value = 0;
    const std::string_view bytes = Take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return __builtin_bswap64(value);
  }
  double Double() { return std::bit_cast<double>(Fixed64()); }
  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      if (failed_) return 0;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }
  int64_t Zigzag() { return FromZigzag(Varint()); }
  std::string_view Text() { return Take(Varint()); }
  std::string_view Take(uint64_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BYTE_CODEC_H_
