#include "server/tsdb/xor_chunk.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "server/tsdb/byte_codec.h"

namespace narthex::tsdb {

double XorChunkWriter::last_value() const { return std::bit_cast<double>(last_value_bits_); }

void XorChunkWriter::Append(int64_t timestamp_ms, double value) {
  const auto value_bits = std::bit_cast<uint64_t>(value);
  const uint16_t count = sample_count_;
  assert(count < kMaxChunkSamples && (count == 0 || timestamp_ms > last_timestamp_ms_));
  if (count == 0) {
    out_.Write(0, 8 * kChunkHeaderBytes);
    out_.WriteVarint(ZigzagOf(timestamp_ms));
    out_.Write(value_bits, 64);
  } else {
    const uint64_t delta_ms =
        static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(last_timestamp_ms_);
    if (count == 1) {
      out_.WriteVarint(delta_ms);
    } else {
      WriteDeltaOfDelta(static_cast<int64_t>(delta_ms - last_delta_ms_));
    }
    last_delta_ms_ = delta_ms;
    WriteXor(out_, window_, value_bits ^ last_value_bits_);
  }
  last_timestamp_ms_ = timestamp_ms;
  last_value_bits_ = value_bits;
  sample_count_ = static_cast<uint16_t>(count + 1);
  out_.SetFixed16(0, sample_count_);
}

ByteBuffer XorChunkWriter::Finish() {
  ByteBuffer finished = out_.Finish();
  *this = XorChunkWriter();
  return finished;
}

void XorChunkWriter::WriteDeltaOfDelta(int64_t delta_of_delta) {
  const auto bits = static_cast<uint64_t>(delta_of_delta);
  if (delta_of_delta == 0) {
    out_.Write(0b0, 1);
  } else if (FitsBits(delta_of_delta, 14)) {
    out_.Write(uint64_t{0b10} << 14 | (bits & 0x3fff), 16);
  } else if (FitsBits(delta_of_delta, 17)) {
    out_.Write(uint64_t{0b110} << 17 | (bits & 0x1ffff), 20);
  } else if (FitsBits(delta_of_delta, 20)) {
    out_.Write(uint64_t{0b1110} << 20 | (bits & 0xfffff), 24);
  } else {
    out_.Write(0b1111, 4);
    out_.Write(bits, 64);
  }
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
  XorWindow window;

  void ReadFirst() {
    timestamp_ms = FromZigzag(bits.ReadVarint());
    value = bits.Read(64);
  }

  void ReadSecond() {
    delta_ms = bits.ReadVarint();
    timestamp_ms = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms) + delta_ms);
    ReadXor(bits, window, value);
  }

  void ReadNext() {
    delta_ms += static_cast<uint64_t>(ReadDeltaOfDelta());
    timestamp_ms = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms) + delta_ms);
    ReadXor(bits, window, value);
  }

  int64_t ReadDeltaOfDelta() {
    if (bits.Read(1) == 0) return 0;
    if (bits.Read(1) == 0) return SignedField(bits.Read(14), 14);
    if (bits.Read(1) == 0) return SignedField(bits.Read(17), 17);
    if (bits.Read(1) == 0) return SignedField(bits.Read(20), 20);
    return static_cast<int64_t>(bits.Read(64));
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
