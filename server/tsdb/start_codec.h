// How chunks hold since when their samples count. A byte of the header says what there is:
//   bit 7      the first sample has a start: its time less the start, as zigzag varint
//   bits 0-6   the first sample from which on every sample has a start; 0 for none
// There the start is written behind each sample, as the time of the sample before less the start:
// at the first of them as it is, at others the difference to the one before; a varbit (varbit.h).
// Until then the start is that of the first sample, or 0, which is not known. Sample 127 has one
// whatever it is, since the header could not name a later one.
// The format is that of Prometheus 3.14 (tsdb/chunkenc).
#ifndef NARTHEX_SERVER_TSDB_START_CODEC_H_
#define NARTHEX_SERVER_TSDB_START_CODEC_H_

#include <cstdint>

#include "server/tsdb/byte_codec.h"
#include "server/tsdb/varbit.h"

namespace narthex::tsdb {

inline constexpr uint8_t kFirstStartKnown = 0x80;
inline constexpr uint8_t kStartChangeMask = 0x7F;

inline int64_t WrappingPlus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t WrappingMinus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

// Writes the start of each sample behind the sample.
class StartWriter {
 public:
  // Of sample `index`, from 0, at `at_ms`; `before_ms` is when the one before it is.
  void Write(BitWriter& out, size_t header_offset, uint16_t index, int64_t at_ms, int64_t before_ms,
             int64_t start_ms) {
    const int64_t distance_ms = WrappingMinus(before_ms, start_ms);
    if (index == 0) {
      if (start_ms != 0) {
        out.WriteVarint(ZigzagOf(WrappingMinus(at_ms, start_ms)));
        SetHeader(out, header_offset, kFirstStartKnown);
      }
    } else if (change_ != 0) {
      WriteVarbitInt(out, WrappingMinus(distance_ms, distance_ms_));
    } else if (start_ms != start_ms_ || index == kStartChangeMask) {
      change_ = static_cast<uint8_t>(index);
      SetHeader(out, header_offset, change_);
      WriteVarbitInt(out, distance_ms);
    }
    distance_ms_ = distance_ms;
    start_ms_ = start_ms;
  }

 private:
  static void SetHeader(BitWriter& out, size_t offset, uint8_t bits) {
    out.SetByte(offset, static_cast<uint8_t>(static_cast<uint8_t>(out.bytes()[offset]) | bits));
  }

  int64_t start_ms_ = 0;     // of the last sample
  int64_t distance_ms_ = 0;  // of the last sample's start from the time of the one before it
  uint8_t change_ = 0;
};

// The counterpart.
class StartReader {
 public:
  explicit StartReader(uint8_t header)
      : first_known_((header & kFirstStartKnown) != 0), change_(header & kStartChangeMask) {}

  // Whether any sample can have a start.
  bool any() const { return first_known_ || change_ != 0; }

  // The start of sample `index`, which was read just now.
  int64_t Read(BitReader& in, size_t index, int64_t at_ms, int64_t before_ms) {
    if (index == 0) {
      if (first_known_) start_ms_ = WrappingMinus(at_ms, FromZigzag(in.ReadVarint()));
    } else if (change_ != 0 && index >= change_) {
      const int64_t field = ReadVarbitInt(in);
      distance_ms_ = index == change_ ? field : WrappingPlus(distance_ms_, field);
      start_ms_ = WrappingMinus(before_ms, distance_ms_);
    }
    return start_ms_;
  }

 private:
  const bool first_known_;
  const uint8_t change_;
  int64_t start_ms_ = 0;
  int64_t distance_ms_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_START_CODEC_H_
