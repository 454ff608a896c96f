// How a sample is appended to a chunk of floats, wherever its bits go. See xor_chunk.h for the
// format.
#ifndef NARTHEX_SERVER_TSDB_XOR_APPEND_H_
#define NARTHEX_SERVER_TSDB_XOR_APPEND_H_

#include <bit>
#include <cassert>
#include <cstdint>

#include "server/tsdb/byte_codec.h"
#include "server/tsdb/varbit.h"

namespace narthex::tsdb {

inline constexpr size_t kChunkHeaderBytes = 2;
inline constexpr uint16_t kMaxChunkSamples = 2000;  // keeps any chunk below 64 KiB

// What the next sample is told apart from. `Bits` is BitWriter or CellBits.
class XorAppendState {
 public:
  // `timestamp_ms` is above that of the sample before; at most kMaxChunkSamples. The first writes
  // the header, where sample_count() is to go in the end.
  template <typename Bits>
  void Append(Bits& out, int64_t timestamp_ms, double value) {
    assert(sample_count_ < kMaxChunkSamples &&
           (sample_count_ == 0 || timestamp_ms > last_timestamp_ms_));
    const auto value_bits = std::bit_cast<uint64_t>(value);
    if (sample_count_ == 0) {
      out.Write(0, 8 * kChunkHeaderBytes);
      out.WriteVarint(ZigzagOf(timestamp_ms));
      out.Write(value_bits, 64);
    } else {
      const uint64_t delta_ms =
          static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(last_timestamp_ms_);
      if (sample_count_ == 1) {
        out.WriteVarint(delta_ms);
      } else {
        WriteDeltaOfDelta(out, static_cast<int64_t>(delta_ms - last_delta_ms_));
      }
      last_delta_ms_ = delta_ms;
      WriteXor(out, window_, value_bits ^ last_value_bits_);
    }
    last_timestamp_ms_ = timestamp_ms;
    last_value_bits_ = value_bits;
    ++sample_count_;
  }

  uint16_t sample_count() const { return sample_count_; }
  // Of a chunk that has samples.
  int64_t last_timestamp_ms() const { return last_timestamp_ms_; }
  double last_value() const { return std::bit_cast<double>(last_value_bits_); }

 private:
  template <typename Bits>
  static void WriteDeltaOfDelta(Bits& out, int64_t delta_of_delta) {
    const auto bits = static_cast<uint64_t>(delta_of_delta);
    if (delta_of_delta == 0) {
      out.Write(0b0, 1);
    } else if (FitsBits(delta_of_delta, 14)) {
      out.Write(uint64_t{0b10} << 14 | (bits & 0x3fff), 16);
    } else if (FitsBits(delta_of_delta, 17)) {
      out.Write(uint64_t{0b110} << 17 | (bits & 0x1ffff), 20);
    } else if (FitsBits(delta_of_delta, 20)) {
      out.Write(uint64_t{0b1110} << 20 | (bits & 0xfffff), 24);
    } else {
      out.Write(0b1111, 4);
      out.Write(bits, 64);
    }
  }

  XorWindow window_;
  uint16_t sample_count_ = 0;
  int64_t last_timestamp_ms_ = 0;
  uint64_t last_delta_ms_ = 0;
  uint64_t last_value_bits_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_XOR_APPEND_H_
