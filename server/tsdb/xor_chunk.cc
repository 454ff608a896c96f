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

// The bits of a chunk, by words of 64 from any bit on.
class ChunkBits {
 public:
  // A word holds so many bits from any position.
  static constexpr unsigned kWordBits = 57;

  explicit ChunkBits(std::string_view bytes) : bytes_(bytes) {}

  size_t size() const { return bytes_.size() * 8; }

  // The bits from `at` on, at the top; what is beyond the end reads as zero.
  uint64_t Word(size_t at) const {
    const size_t offset = at / 8;
    if (offset + sizeof(uint64_t) <= bytes_.size()) return WholeWord(at);
    uint64_t word = 0;
    if (offset < bytes_.size()) std::memcpy(&word, bytes_.data() + offset, bytes_.size() - offset);
    return __builtin_bswap64(word) << (at % 8);
  }

  // The same where eight bytes are known to follow.
  uint64_t WholeWord(size_t at) const {
    uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + at / 8, sizeof word);
    return __builtin_bswap64(word) << (at % 8);
  }

 private:
  const std::string_view bytes_;
};

// The decoder's running state from sample to sample. What a damaged chunk lacks reads as zero, and
// is told by the position in the end. What is read of each sample is read without branches where
// samples differ, since a wrong guess costs more than the work.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bits_(bytes) {}

  int64_t timestamp_ms() const { return timestamp_ms_; }
  double value() const { return std::bit_cast<double>(value_); }
  // False once more was read than there is, or what no writer writes.
  bool good() const { return good_ && at_ <= bits_.size(); }
  // Whether the next sample can be read without looking for the end.
  bool far_from_end() const { return at_ + kMaxSampleBits + 64 <= bits_.size(); }

  void ReadFirst() {
    timestamp_ms_ = FromZigzag(ReadVarint());
    value_ = ReadBits(64);
  }

  void ReadSecond() {
    delta_ms_ = ReadVarint();
    Advance();
    ReadValue<true>(bits_.Word(at_));
  }

  template <bool kNearEnd>
  [[gnu::always_inline]] void ReadNext() {
    uint64_t word = Word<kNearEnd>();
    ++at_;
    if (word >> 63 != 0) [[unlikely]] {
      const DeltaOfDelta read = ReadDeltaOfDelta(bits_, at_, word);
      delta_ms_ += read.value;
      at_ += read.bits;
      word = Word<kNearEnd>();
    } else {
      word <<= 1;
    }
    Advance();
    ReadValue<kNearEnd>(word);
  }

 private:
  static constexpr size_t kMaxSampleBits = 4 + 64 + 13 + 64;

  template <bool kNearEnd>
  uint64_t Word() const {
    return kNearEnd ? bits_.Word(at_) : bits_.WholeWord(at_);
  }

  void Advance() {
    timestamp_ms_ = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms_) + delta_ms_);
  }

  struct DeltaOfDelta {
    uint64_t value;
    unsigned bits;  // that it takes behind the first
  };
  // `word` begins with a one, behind which is `at`. No member function: the decoder could not stay
  // in registers.
  [[gnu::noinline]] static DeltaOfDelta ReadDeltaOfDelta(ChunkBits bits, size_t at, uint64_t word) {
    const auto ones = static_cast<unsigned>(std::countl_one(word));
    if (ones >= 4) return {bits.Word(at + 3) >> 32 << 32 | bits.Word(at + 35) >> 32, 3 + 64};
    constexpr unsigned kFieldBits[] = {0, 14, 17, 20};
    const unsigned count = kFieldBits[ones];
    const int64_t field = SignedField(word << (ones + 1) >> (64 - count), count);
    return {static_cast<uint64_t>(field), ones + count};
  }

  // The next `count` bits, 1 to 64.
  uint64_t ReadBits(unsigned count) {
    uint64_t high = 0;
    if (count > ChunkBits::kWordBits) {
      high = bits_.Word(at_) >> 32;
      at_ += 32;
      count -= 32;
    }
    const uint64_t low = bits_.Word(at_) >> (64 - count);
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

  // `word` is that of the present position; 13 of its bits suffice.
  template <bool kNearEnd>
  [[gnu::always_inline]] void ReadValue(uint64_t word) {
    if (word >> 63 == 0) {
      ++at_;
      return;
    }
    const bool window = word >> 62 == 3;
    const auto leading = static_cast<unsigned>(word >> 57 & 0x1f);
    const auto field = static_cast<unsigned>(word >> 51 & 0x3f);
    const unsigned length = field == 0 ? 64 : field;
    length_ = window ? length : length_;
    trailing_ = window ? 64 - leading - length : trailing_;
    at_ += window ? 13 : 2;
    // A damaged chunk may use a window before it sets one, or one that is too long.
    if (length_ - 1 >= ChunkBits::kWordBits || trailing_ >= 64) [[unlikely]] {
      if (length_ == 0 || trailing_ >= 64) {
        good_ = false;
        return;
      }
      value_ ^= ReadBits(length_) << trailing_;
      return;
    }
    value_ ^= Word<kNearEnd>() >> (64 - length_) << trailing_;
    at_ += length_;
  }

  const ChunkBits bits_;
  size_t at_ = 0;  // in bits
  bool good_ = true;
  int64_t timestamp_ms_ = 0;
  uint64_t delta_ms_ = 0;
  uint64_t value_ = 0;
  // The window in which a value differs from the one before.
  unsigned length_ = 0;    // 0 before the first
  unsigned trailing_ = 0;  // wraps where the window is too long
};

// Where samples go: to their place at once, over those that are out of range.
struct Output {
  int64_t* times_ms;
  double* values;
  size_t taken;
};

// Takes the samples in range. False where the chunk is damaged.
bool Decode(std::string_view bytes, size_t count, int64_t min_time_ms, int64_t max_time_ms,
            Output& output) {
  Decoder decoder(bytes);
  Output out = output;
  // False behind the range.
  const auto take = [&] {
    if (decoder.timestamp_ms() > max_time_ms) return false;
    out.times_ms[out.taken] = decoder.timestamp_ms();
    out.values[out.taken] = decoder.value();
    out.taken += decoder.timestamp_ms() >= min_time_ms ? 1 : 0;
    return true;
  };
  size_t i = 0;
  bool more = true;
  for (; i < std::min<size_t>(count, 2) && more && decoder.good(); ++i) {
    if (i == 0) {
      decoder.ReadFirst();
    } else {
      decoder.ReadSecond();
    }
    more = take();
  }
  for (; i < count && more && decoder.far_from_end(); ++i) {
    decoder.ReadNext<false>();
    more = take();
  }
  for (; i < count && more && decoder.good(); ++i) {
    decoder.ReadNext<true>();
    more = take();
  }
  output = out;
  return decoder.good();
}

}  // namespace

Status DecodeXorChunk(std::string_view chunk, int64_t min_time_ms, int64_t max_time_ms,
                      size_t max_samples, storage::SampleColumns& samples) {
  const size_t count = std::min(SampleCountField(chunk), max_samples);
  if (count == 0) return {};
  // The columns shrink to what is in range.
  const size_t before = samples.timestamps_ms.size();
  samples.timestamps_ms.resize(before + count);
  samples.values.resize(before + count);
  Output out{samples.timestamps_ms.data() + before, samples.values.data() + before, 0};
  const bool whole = Decode(chunk.substr(kChunkHeaderBytes), count, min_time_ms, max_time_ms, out);
  samples.timestamps_ms.resize(before + out.taken);
  samples.values.resize(before + out.taken);
  if (!whole) return Corruption("chunk ends within a sample");
  return {};
}

}  // namespace narthex::tsdb
