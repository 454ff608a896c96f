#include "server/tsdb/xor_chunk.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

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

size_t SampleCountField(std::string_view chunk) {
  if (chunk.size() < kChunkHeaderBytes) return 0;
  return static_cast<size_t>(static_cast<uint8_t>(chunk[0])) << 8 | static_cast<uint8_t>(chunk[1]);
}

namespace {

// The decoder's running state from sample to sample. Bits come from words of 64, of which one is
// enough for most samples; what a damaged chunk lacks reads as zero, and is told by at() in the
// end.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  int64_t timestamp_ms() const { return timestamp_ms_; }
  double value() const { return std::bit_cast<double>(value_); }
  // False once more was read than there is, or what no writer writes.
  bool good() const { return good_ && at_ <= bytes_.size() * 8; }

  void ReadFirst() {
    timestamp_ms_ = FromZigzag(ReadVarint());
    value_ = ReadBits(64);
  }

  void ReadSecond() {
    delta_ms_ = ReadVarint();
    Advance();
    ReadValue(Word(), 0);
  }

  void ReadNext() {
    uint64_t word = Word();
    unsigned used = 1;
    if (word >> 63 != 0) {
      const auto ones = static_cast<unsigned>(std::countl_one(word));
      if (ones >= 4) {
        at_ += 4;
        delta_ms_ += ReadBits(64);
        Advance();
        return ReadValue(Word(), 0);
      }
      constexpr unsigned kFieldBits[] = {0, 14, 17, 20};
      const unsigned bits = kFieldBits[ones];
      used = ones + 1 + bits;
      delta_ms_ += static_cast<uint64_t>(SignedField(word << (ones + 1) >> (64 - bits), bits));
    }
    Advance();
    ReadValue(word, used);
  }

 private:
  // A word holds so many bits from any position.
  static constexpr unsigned kWordBits = 57;

  void Advance() {
    timestamp_ms_ = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms_) + delta_ms_);
  }

  // The bits from the present position on, at the top.
  uint64_t Word() const {
    const size_t offset = at_ / 8;
    uint64_t word = 0;
    if (offset + sizeof word <= bytes_.size()) {
      std::memcpy(&word, bytes_.data() + offset, sizeof word);
    } else if (offset < bytes_.size()) {
      std::memcpy(&word, bytes_.data() + offset, bytes_.size() - offset);
    }
    return __builtin_bswap64(word) << (at_ % 8);
  }

  // The next `count` bits, 1 to 64.
  uint64_t ReadBits(unsigned count) {
    uint64_t high = 0;
    if (count > kWordBits) {
      high = Word() >> 32;
      at_ += 32;
      count -= 32;
    }
    const uint64_t low = Word() >> (64 - count);
    at_ += count;
    return high << count | low;
  }

  uint64_t ReadVarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint64_t byte = ReadBits(8);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }

  // `word` is that of the present position, of which `used` bits, at most 24, are read.
  void ReadValue(uint64_t word, unsigned used) {
    const uint64_t rest = word << used;
    if (rest >> 63 == 0) {
      at_ += used + 1;
      return;
    }
    unsigned control = 2;
    if ((rest >> 62 & 1) != 0) {
      control = 13;
      leading_ = static_cast<unsigned>(rest >> 57 & 0x1f);
      length_ = static_cast<unsigned>(rest >> 51 & 0x3f);
      if (length_ == 0) length_ = 64;
    }
    // A damaged chunk may use a window before it sets one, or one that is too long.
    if (length_ == 0 || leading_ + length_ > 64) {
      good_ = false;
      return;
    }
    at_ += used + control;
    uint64_t bits = 0;
    if (used + control + length_ <= kWordBits) {
      bits = rest << control >> (64 - length_);
      at_ += length_;
    } else {
      bits = ReadBits(length_);
    }
    value_ ^= bits << (64 - leading_ - length_);
  }

  const std::string_view bytes_;
  size_t at_ = 0;  // in bits
  bool good_ = true;
  int64_t timestamp_ms_ = 0;
  uint64_t delta_ms_ = 0;
  uint64_t value_ = 0;
  unsigned leading_ = 0;
  unsigned length_ = 0;  // of the window; 0 before the first
};

}  // namespace

Status DecodeXorChunk(std::string_view chunk, int64_t min_time_ms, int64_t max_time_ms,
                      size_t max_samples, storage::SampleColumns& samples) {
  const size_t count = std::min(SampleCountField(chunk), max_samples);
  if (count == 0) return {};
  // Written at their place at once; the columns shrink to what is in range.
  const size_t before = samples.timestamps_ms.size();
  samples.timestamps_ms.resize(before + count);
  samples.values.resize(before + count);
  int64_t* times_ms = samples.timestamps_ms.data() + before;
  double* values = samples.values.data() + before;
  size_t taken = 0;
  Decoder decoder(chunk.substr(kChunkHeaderBytes));
  for (size_t i = 0; i < count && decoder.good(); ++i) {
    if (i == 0) {
      decoder.ReadFirst();
    } else if (i == 1) {
      decoder.ReadSecond();
    } else {
      decoder.ReadNext();
    }
    if (decoder.timestamp_ms() > max_time_ms) break;
    times_ms[taken] = decoder.timestamp_ms();
    values[taken] = decoder.value();
    taken += decoder.timestamp_ms() >= min_time_ms ? 1 : 0;
  }
  samples.timestamps_ms.resize(before + taken);
  samples.values.resize(before + taken);
  if (!decoder.good()) return Corruption("chunk ends within a sample");
  return {};
}

}  // namespace narthex::tsdb
