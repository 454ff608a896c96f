// Reads bits from the most significant down. Reading past the end gives zeros and is remembered, so
// that a decoder checks once.
#ifndef NARTHEX_SERVER_TSDB_BIT_READER_H_
#define NARTHEX_SERVER_TSDB_BIT_READER_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace narthex::tsdb {

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  // The next `count` bits, 1 to 64.
  uint64_t Read(unsigned count) {
    if (count > 32) {
      const uint64_t high = Read(count - 32);
      return high << 32 | Read(32);
    }
    const size_t end = at_ + count;
    if (end > bytes_.size() * 8) {
      failed_ = true;
      return 0;
    }
    const uint64_t word = LoadWord(at_ / 8) << (at_ % 8);
    at_ = end;
    return word >> (64 - count);
  }

  uint64_t ReadVarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = Read(8);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }

  void Fail() { failed_ = true; }
  bool failed() const { return failed_; }
  uint64_t bits_left() const { return bytes_.size() * 8 - at_; }

 private:
  // Eight bytes from a byte offset, big-endian; zeros beyond the end.
  uint64_t LoadWord(size_t offset) const {
    uint64_t word = 0;
    if (offset + sizeof word <= bytes_.size()) {
      std::memcpy(&word, bytes_.data() + offset, sizeof word);
    } else {
      std::memcpy(&word, bytes_.data() + offset, bytes_.size() - offset);
    }
    return __builtin_bswap64(word);
  }

  std::string_view bytes_;
  size_t at_ = 0;  // in bits
  bool failed_ = false;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BIT_READER_H_
