// Writes bits from the most significant down, the counterpart of BitReader.
#ifndef NARTHEX_SERVER_TSDB_BIT_WRITER_H_
#define NARTHEX_SERVER_TSDB_BIT_WRITER_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "server/tsdb/byte_buffer.h"

namespace narthex::tsdb {

class BitWriter {
 public:
  // The lower `count` bits, 1 to 64; those above are zero.
  void Write(uint64_t bits, unsigned count) {
    buffer_.Reserve(sizeof(uint64_t) + 1);
    bits <<= 64 - count;
    uint8_t* at = buffer_.data() + buffer_.size();
    const unsigned free = free_bits_;
    if (free > 0) {
      at[-1] = static_cast<uint8_t>(at[-1] | bits >> (64 - free));
      if (count <= free) {
        free_bits_ = static_cast<uint8_t>(free - count);
        return;
      }
      bits <<= free;
      count -= free;
    }
    const uint64_t big_endian = __builtin_bswap64(bits);
    std::memcpy(at, &big_endian, sizeof big_endian);
    const unsigned bytes = (count + 7) / 8;
    buffer_.Grow(bytes);
    free_bits_ = static_cast<uint8_t>(8 * bytes - count);
  }

  // `tag` in front of `bits`.
  void WriteTagged(uint64_t tag, unsigned tag_count, uint64_t bits, unsigned count) {
    if (tag_count + count <= 64) return Write(tag << count | bits, tag_count + count);
    Write(tag, tag_count);
    Write(bits, count);
  }

  void WriteVarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) Write((value & 0x7f) | 0x80, 8);
    Write(value, 8);
  }

  // Overwrites two bytes that were written: a count in the header.
  void SetFixed16(size_t offset, uint16_t value) {
    buffer_.data()[offset] = static_cast<uint8_t>(value >> 8);
    buffer_.data()[offset + 1] = static_cast<uint8_t>(value);
  }

  void SetByte(size_t offset, uint8_t value) { buffer_.data()[offset] = value; }

  std::string_view bytes() const { return buffer_.view(); }
  size_t allocated_bytes() const { return buffer_.capacity(); }
  // Brings the memory near that the next write will touch.
  void Prefetch() const {
    __builtin_prefetch(buffer_.data(), 1);
    __builtin_prefetch(buffer_.data() + buffer_.size(), 1);
  }

  // What was written; the writer is then empty, as new.
  ByteBuffer Finish() {
    ByteBuffer finished = std::move(buffer_);
    finished.ShrinkToFit();
    *this = BitWriter();
    return finished;
  }

 private:
  ByteBuffer buffer_;
  uint8_t free_bits_ = 0;  // not yet used of the last byte
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BIT_WRITER_H_
