#include "server/tsdb/xor_chunk.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "server/tsdb/bit_reader.h"
#include "server/tsdb/byte_codec.h"

namespace narthex::tsdb {
namespace {

constexpr unsigned kMaxLeadingZeros = 31;  // the field has five bits

// Whether a delta of deltas fits `bits`: in (-2^(bits-1), 2^(bits-1)].
bool Fits(int64_t value, unsigned bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return -(half - 1) <= value && value <= half;
}

// Signs a field of `bits` that was written by the rule of Fits.
int64_t FromField(uint64_t field, unsigned bits) {
  const auto value = static_cast<int64_t>(field);
  return value > (int64_t{1} << (bits - 1)) ? value - (int64_t{1} << bits) : value;
}

}  // namespace

double XorChunkWriter::last_value() const { return std::bit_cast<double>(last_value_bits_); }

void XorChunkWriter::Append(int64_t timestamp_ms, double value) {
  const auto value_bits = std::bit_cast<uint64_t>(value);
  const uint16_t count = sample_count_;
  assert(count < kMaxChunkSamples && (count == 0 || timestamp_ms > last_timestamp_ms_));
  if (count == 0) {
    for (size_t i = 0; i < kChunkHeaderBytes; ++i) buffer_.PushBack(0);
    WriteVarint(ZigzagOf(timestamp_ms));
    WriteBits(value_bits, 64);
  } else {
    const uint64_t delta_ms =
        static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(last_timestamp_ms_);
    if (count == 1) {
      WriteVarint(delta_ms);
    } else {
      WriteDeltaOfDelta(static_cast<int64_t>(delta_ms - last_delta_ms_));
    }
    last_delta_ms_ = delta_ms;
    WriteValue(value_bits);
  }
  last_timestamp_ms_ = timestamp_ms;
  last_value_bits_ = value_bits;
  sample_count_ = static_cast<uint16_t>(count + 1);
  buffer_.data()[0] = static_cast<uint8_t>(sample_count_ >> 8);
  buffer_.data()[1] = static_cast<uint8_t>(sample_count_);
}

ByteBuffer XorChunkWriter::Finish() {
  ByteBuffer finished = std::move(buffer_);
  finished.ShrinkToFit();
  *this = XorChunkWriter();
  return finished;
}

void XorChunkWriter::WriteBits(uint64_t bits, unsigned count) {
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

void XorChunkWriter::WriteTagged(uint64_t tag, unsigned tag_count, uint64_t bits, unsigned count) {
  if (tag_count + count <= 64) return WriteBits(tag << count | bits, tag_count + count);
  WriteBits(tag, tag_count);
  WriteBits(bits, count);
}

void XorChunkWriter::WriteVarint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) WriteBits((value & 0x7f) | 0x80, 8);
  WriteBits(value, 8);
}

void XorChunkWriter::WriteDeltaOfDelta(int64_t delta_of_delta) {
  const auto bits = static_cast<uint64_t>(delta_of_delta);
  if (delta_of_delta == 0) {
    WriteBits(0b0, 1);
  } else if (Fits(delta_of_delta, 14)) {
    WriteBits(uint64_t{0b10} << 14 | (bits & 0x3fff), 16);
  } else if (Fits(delta_of_delta, 17)) {
    WriteBits(uint64_t{0b110} << 17 | (bits & 0x1ffff), 20);
  } else if (Fits(delta_of_delta, 20)) {
    WriteBits(uint64_t{0b1110} << 20 | (bits & 0xfffff), 24);
  } else {
    WriteBits(0b1111, 4);
    WriteBits(bits, 64);
  }
}

void XorChunkWriter::WriteValue(uint64_t value_bits) {
  const uint64_t difference = value_bits ^ last_value_bits_;
  if (difference == 0) return WriteBits(0b0, 1);
  const unsigned leading =
      std::min<unsigned>(static_cast<unsigned>(std::countl_zero(difference)), kMaxLeadingZeros);
  const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
  if (leading_zeros_ != kNoWindow && leading >= leading_zeros_ && trailing >= trailing_zeros_) {
    return WriteTagged(0b10, 2, difference >> trailing_zeros_,
                       64U - leading_zeros_ - trailing_zeros_);
  }
  leading_zeros_ = static_cast<uint8_t>(leading);
  trailing_zeros_ = static_cast<uint8_t>(trailing);
  const unsigned length = 64 - leading - trailing;
  WriteTagged(uint64_t{0b11} << 11 | leading << 6 | (length & 63), 13, difference >> trailing,
              length);
}

size_t ChunkSampleCount(std::string_view chunk) {
  if (chunk.size() < kChunkHeaderBytes) return 0;
  return static_cast<size_t>(static_cast<uint8_t>(chunk[0])) << 8 | static_cast<uint8_t>(chunk[1]);
}

namespace {

// The decoder's running state from sample to sample.
struct Decoder {
  BitReader bits;
  int64_t timestamp_ms = 0;
  uint64_t delta_ms = 0;
  uint64_t value = 0;
  unsigned leading = 0;
  unsigned length = 0;  // of the window; 0 before the first

  void ReadFirst() {
    timestamp_ms = FromZigzag(bits.ReadVarint());
    value = bits.Read(64);
  }

  void ReadSecond() {
    delta_ms = bits.ReadVarint();
    timestamp_ms = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms) + delta_ms);
    ReadValue();
  }

  void ReadNext() {
    delta_ms += static_cast<uint64_t>(ReadDeltaOfDelta());
    timestamp_ms = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms) + delta_ms);
    ReadValue();
  }

  int64_t ReadDeltaOfDelta() {
    if (bits.Read(1) == 0) return 0;
    if (bits.Read(1) == 0) return FromField(bits.Read(14), 14);
    if (bits.Read(1) == 0) return FromField(bits.Read(17), 17);
    if (bits.Read(1) == 0) return FromField(bits.Read(20), 20);
    return static_cast<int64_t>(bits.Read(64));
  }

  void ReadValue() {
    if (bits.Read(1) == 0) return;
    if (bits.Read(1) != 0) {
      leading = static_cast<unsigned>(bits.Read(5));
      length = static_cast<unsigned>(bits.Read(6));
      if (length == 0) length = 64;
    }
    // A damaged chunk may use a window before it sets one, or one that is too long.
    if (length == 0 || leading + length > 64) {
      bits.Fail();
      return;
    }
    value ^= bits.Read(length) << (64 - leading - length);
  }
};

}  // namespace

Status DecodeXorChunk(std::string_view chunk, int64_t min_time_ms, int64_t max_time_ms,
                      size_t max_samples, storage::SampleColumns& samples) {
  const size_t count = std::min(ChunkSampleCount(chunk), max_samples);
  if (count == 0) return {};
  Decoder decoder{BitReader(chunk.substr(kChunkHeaderBytes))};
  for (size_t i = 0; i < count; ++i) {
    if (i == 0) {
      decoder.ReadFirst();
    } else if (i == 1) {
      decoder.ReadSecond();
    } else {
      decoder.ReadNext();
    }
    if (decoder.timestamp_ms > max_time_ms) break;
    if (decoder.timestamp_ms < min_time_ms) continue;
    samples.timestamps_ms.push_back(decoder.timestamp_ms);
    samples.values.push_back(std::bit_cast<double>(decoder.value));
  }
  if (decoder.bits.failed()) return Corruption("chunk ends within a sample");
  return {};
}

}  // namespace narthex::tsdb
