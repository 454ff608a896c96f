#include "server/tsdb/xor_chunk.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "server/tsdb/byte_codec.h"

namespace narthex::tsdb {

void XorChunkWriter::Append(int64_t timestamp_ms, double value) {
  state_.Append(out_, timestamp_ms, value);
  out_.SetFixed16(0, sample_count());
}

ByteBuffer XorChunkWriter::Finish() {
  ByteBuffer finished = out_.Finish();
  *this = XorChunkWriter();
  return finished;
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
  std::string_view bytes_;
};

// The decoder's running state from sample to sample. What a damaged chunk lacks reads as zero, and
// is told by the position in the end. Where the next bits begin depends on what these are; branches
// on that are mostly foreseen, so that the next sample is begun before this one is known, which a
// choice without branches would wait for.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bits_(bytes) {}

  int64_t timestamp_ms() const { return timestamp_ms_; }
  double value() const { return std::bit_cast<double>(value_); }
  // False once more was read than there is, or what no writer writes.
  bool good() const { return good_ && at_ <= bits_.size(); }
  // So many samples can be read without looking for the end, and maybe more.
  size_t safe_samples() const {
    const size_t end = bits_.size();
    return at_ + 64 <= end ? (end - 64 - at_) / kMaxSampleBits : 0;
  }

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
    if (word >> 62 == 2) {  // scrapes are a few milliseconds early or late
      constexpr unsigned kFieldBits = 14;
      delta_ms_ += static_cast<uint64_t>(SignedField(word << 2 >> (64 - kFieldBits), kFieldBits));
      at_ += 1 + kFieldBits;
      word = Word<kNearEnd>();
    } else if (word >> 63 != 0) [[unlikely]] {
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
    if (word >> 62 == 3) [[unlikely]] {
      const auto leading = static_cast<unsigned>(word >> 57 & 0x1f);
      const auto field = static_cast<unsigned>(word >> 51 & 0x3f);
      length_ = field == 0 ? 64 : field;
      // Only a damaged chunk sets a window that is too long.
      if (leading + length_ > 64) length_ = 0;
      trailing_ = (64 - leading - length_) % 64;
      at_ += 13;
    } else {
      at_ += 2;
    }
    if (length_ - 1 >= ChunkBits::kWordBits) [[unlikely]] {
      // Only a damaged chunk uses a window before it sets one.
      if (length_ == 0) {
        good_ = false;
        return;
      }
      value_ ^= ReadBits(length_) << trailing_;
      return;
    }
    value_ ^= Word<kNearEnd>() >> (64 - length_) << trailing_;
    at_ += length_;
  }

  ChunkBits bits_;
  size_t at_ = 0;  // in bits
  bool good_ = true;
  int64_t timestamp_ms_ = 0;
  uint64_t delta_ms_ = 0;
  uint64_t value_ = 0;
  // The window in which a value differs from the one before.
  unsigned length_ = 0;  // 0 before the first
  unsigned trailing_ = 0;
};

// A chunk that is decoded, and where its samples go.
class ChunkDecoding {
 public:
  // There is room for `count` samples, which is not above what the chunk's header says.
  ChunkDecoding(std::string_view chunk, size_t count, int64_t* times_ms, double* values)
      : decoder_(chunk.substr(std::min(chunk.size(), kChunkHeaderBytes))),
        left_(count),
        times_ms_(times_ms),
        values_(values) {}

  size_t taken() const { return taken_; }
  bool good() const { return decoder_.good(); }

  // Takes the samples in range that are left.
  void TakeRange(int64_t min_time_ms, int64_t max_time_ms) {
    // To its place at once, over one that is out of range. False behind the range.
    const auto take = [&] {
      if (decoder_.timestamp_ms() > max_time_ms) return false;
      Put();
      taken_ += decoder_.timestamp_ms() >= min_time_ms ? 1 : 0;
      return true;
    };
    if (!TakeFirst(take)) return;
    for (size_t safe = Safe(); safe > 0; safe = Safe()) {
      left_ -= safe;
      for (; safe > 0; --safe) {
        decoder_.ReadNext<false>();
        if (!take()) return;
      }
    }
    TakeLast(take);
  }

  // Takes all samples of two chunks: while one waits for its bits the other goes on.
  static void TakeBoth(ChunkDecoding& one, ChunkDecoding& other);

 private:
  void Put() {
    times_ms_[taken_] = decoder_.timestamp_ms();
    values_[taken_] = decoder_.value();
  }
  auto Taker() {
    return [this] {
      Put();
      ++taken_;
      return true;
    };
  }
  // Without looking for the end.
  [[gnu::always_inline]] void TakeNext() {
    decoder_.ReadNext<false>();
    Put();
    ++taken_;
  }
  void TakeRest() {
    for (size_t safe = Safe(); safe > 0; safe = Safe()) {
      left_ -= safe;
      for (; safe > 0; --safe) TakeNext();
    }
    TakeLast(Taker());
  }

  size_t Safe() const { return std::min(decoder_.safe_samples(), left_); }

  // The first two samples, which are written otherwise. False where there is nothing more to take.
  template <typename Take>
  bool TakeFirst(Take take) {
    if (left_ == 0) return false;
    decoder_.ReadFirst();
    if (--left_, !take() || left_ == 0 || !decoder_.good()) return false;
    decoder_.ReadSecond();
    --left_;
    return take();
  }
  // Those near the end.
  template <typename Take>
  void TakeLast(Take take) {
    for (; left_ > 0 && decoder_.good(); --left_) {
      decoder_.ReadNext<true>();
      if (!take()) return;
    }
  }

  Decoder decoder_;
  size_t left_;
  int64_t* times_ms_;
  double* values_;
  size_t taken_ = 0;
};

void ChunkDecoding::TakeBoth(ChunkDecoding& one, ChunkDecoding& other) {
  const bool one_goes_on = one.TakeFirst(one.Taker());
  const bool other_goes_on = other.TakeFirst(other.Taker());
  if (one_goes_on && other_goes_on) {
    ChunkDecoding a = one;  // these stay in registers
    ChunkDecoding b = other;
    for (size_t safe = std::min(a.Safe(), b.Safe()); safe > 0;
         safe = std::min(a.Safe(), b.Safe())) {
      a.left_ -= safe;
      b.left_ -= safe;
      for (; safe > 0; --safe) {
        a.TakeNext();
        b.TakeNext();
      }
    }
    one = a;
    other = b;
  }
  if (one_goes_on) one.TakeRest();
  if (other_goes_on) other.TakeRest();
}

constexpr const char* kCutShort = "chunk ends within a sample";

// Whether a chunk may have as many samples as that: each takes two bits at least. So no header,
// whatever it says, makes room for more than 64 times the chunk's bytes.
bool MayHold(std::string_view chunk, size_t count) { return count <= 4 * chunk.size(); }

}  // namespace

Status DecodeXorChunk(std::string_view chunk, int64_t min_time_ms, int64_t max_time_ms,
                      size_t max_samples, storage::SampleColumns& samples) {
  const size_t count = std::min(SampleCountField(chunk), max_samples);
  if (count == 0) return {};
  if (!MayHold(chunk, count)) return Corruption(kCutShort);
  // The columns shrink to what is in range.
  const size_t before = samples.timestamps_ms.size();
  samples.timestamps_ms.resize(before + count);
  samples.values.resize(before + count);
  ChunkDecoding decoding(chunk, count, &samples.timestamps_ms[before], &samples.values[before]);
  decoding.TakeRange(min_time_ms, max_time_ms);
  samples.timestamps_ms.resize(before + decoding.taken());
  samples.values.resize(before + decoding.taken());
  if (!decoding.good()) return Corruption(kCutShort);
  return {};
}

Status DecodeXorChunks(std::span<const std::string_view> chunks, storage::SampleColumns& samples) {
  size_t end = samples.timestamps_ms.size();
  size_t at = end;
  for (const std::string_view chunk : chunks) {
    if (!MayHold(chunk, SampleCountField(chunk))) return Corruption(kCutShort);
    end += SampleCountField(chunk);
  }
  samples.timestamps_ms.resize(end);
  samples.values.resize(end);
  const auto begin = [&](std::string_view chunk) {
    const size_t count = SampleCountField(chunk);
    at += count;
    return ChunkDecoding(chunk, count, samples.timestamps_ms.data() + at - count,
                         samples.values.data() + at - count);
  };
  for (size_t i = 0; i < chunks.size(); i += 2) {
    ChunkDecoding one = begin(chunks[i]);
    const std::string_view none;
    ChunkDecoding other = begin(i + 1 < chunks.size() ? chunks[i + 1] : none);
    ChunkDecoding::TakeBoth(one, other);
    if (!one.good() || !other.good()) return Corruption(kCutShort);
  }
  return {};
}

}  // namespace narthex::tsdb
