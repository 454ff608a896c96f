#include "server/tsdb/xor2_chunk.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {
namespace {

constexpr size_t kStartHeader = 2;
constexpr size_t kHeaderBytes = 3;

bool FitsSigned(int64_t value, unsigned bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return -half <= value && value < half;
}

}  // namespace

double Xor2ChunkWriter::last_value() const {
  return stale_ ? storage::StaleNaN() : std::bit_cast<double>(base_bits_);
}

void Xor2ChunkWriter::Append(storage::SampleTime time, double value) {
  const auto value_bits = std::bit_cast<uint64_t>(value);
  const bool stale = storage::IsStaleNaN(value);
  const uint16_t index = sample_count_;
  assert(index < kMaxChunkSamples && (index == 0 || time.at_ms > last_timestamp_ms_));
  if (index == 0) {
    out_.Write(0, 8 * kHeaderBytes);
    out_.WriteVarint(ZigzagOf(time.at_ms));
    out_.Write(value_bits, 64);
  } else {
    const auto delta_ms = static_cast<uint64_t>(WrappingMinus(time.at_ms, last_timestamp_ms_));
    if (index == 1) {
      out_.WriteVarint(delta_ms);
      WriteValue(value_bits, stale);
    } else {
      WriteJoint(static_cast<int64_t>(delta_ms - last_delta_ms_), value_bits, stale);
    }
    last_delta_ms_ = delta_ms;
  }
  starts_.Write(out_, kStartHeader, index, time.at_ms, last_timestamp_ms_, time.start_ms);
  last_timestamp_ms_ = time.at_ms;
  stale_ = stale;
  if (!stale) base_bits_ = value_bits;
  sample_count_ = static_cast<uint16_t>(index + 1);
  out_.SetFixed16(0, sample_count_);
}

void Xor2ChunkWriter::WriteJoint(int64_t delta_of_delta, uint64_t value_bits, bool stale) {
  const auto bits = static_cast<uint64_t>(delta_of_delta);
  if (delta_of_delta == 0) {
    if (stale) return out_.Write(0b11111, 5);
    if (value_bits == base_bits_) return out_.Write(0b0, 1);
    return WriteBits(value_bits ^ base_bits_, 0b100, 0b101, 3);
  }
  if (FitsSigned(delta_of_delta, 13)) {
    out_.Write(uint64_t{0b110} << 13 | (bits & 0x1fff), 16);
  } else if (FitsSigned(delta_of_delta, 20)) {
    out_.Write(uint64_t{0b1110} << 20 | (bits & 0xfffff), 24);
  } else {
    out_.Write(0b11110, 5);
    out_.Write(bits, 64);
  }
  WriteValue(value_bits, stale);
}

void Xor2ChunkWriter::WriteValue(uint64_t value_bits, bool stale) {
  if (stale) return out_.Write(0b111, 3);
  if (value_bits == base_bits_) return out_.Write(0b0, 1);
  WriteBits(value_bits ^ base_bits_, 0b10, 0b110, 2);
}

// `tag_bits` is the length of `reuse_tag`; that of `window_tag` begins with a one.
void Xor2ChunkWriter::WriteBits(uint64_t difference, uint64_t reuse_tag, uint64_t window_tag,
                                unsigned tag_bits) {
  constexpr unsigned kMaxLeadingZeros = 31;  // the field has five bits
  const unsigned leading =
      std::min<unsigned>(static_cast<unsigned>(std::countl_zero(difference)), kMaxLeadingZeros);
  const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
  const unsigned window_trailing = 64U - window_.leading_zeros - window_.length;
  if (window_.length != 0 && leading >= window_.leading_zeros && trailing >= window_trailing)
    return out_.WriteTagged(reuse_tag, tag_bits, difference >> window_trailing, window_.length);
  const unsigned length = 64 - leading - trailing;
  window_ = {static_cast<uint8_t>(leading), static_cast<uint8_t>(length)};
  const auto window_tag_bits = static_cast<unsigned>(std::bit_width(window_tag));
  out_.WriteTagged(window_tag << 11 | leading << 6 | (length & 63), window_tag_bits + 11,
                   difference >> trailing, length);
}

ByteBuffer Xor2ChunkWriter::Finish() {
  ByteBuffer finished = out_.Finish();
  *this = Xor2ChunkWriter();
  return finished;
}

namespace {

// The decoder's running state from sample to sample.
class Decoder {
 public:
  explicit Decoder(std::string_view chunk)
      : in_(chunk.substr(kHeaderBytes)), starts_(static_cast<uint8_t>(chunk[kStartHeader])) {}

  void Next() {
    const int64_t before_ms = timestamp_ms_;
    if (index_ == 0) {
      timestamp_ms_ = FromZigzag(in_.ReadVarint());
      Take(in_.Read(64));
    } else if (index_ == 1) {
      delta_ms_ = in_.ReadVarint();
      Advance(0);
      ReadValue();
    } else {
      ReadJoint();
    }
    start_ms_ = starts_.Read(in_, index_++, timestamp_ms_, before_ms);
  }

  bool any_start() const { return starts_.any(); }
  bool good() const { return !in_.failed(); }
  int64_t timestamp_ms() const { return timestamp_ms_; }
  int64_t start_ms() const { return start_ms_; }
  double value() const { return value_; }

 private:
  void Advance(uint64_t delta_of_delta) {
    delta_ms_ += delta_of_delta;
    timestamp_ms_ = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms_) + delta_ms_);
  }

  // A signed field.
  uint64_t ReadDelta(unsigned bits) {
    return static_cast<uint64_t>(static_cast<int64_t>(in_.Read(bits) << (64 - bits)) >>
                                 (64 - bits));
  }

  void ReadJoint() {
    unsigned ones = 0;
    while (ones < 5 && in_.Read(1) != 0) ++ones;
    if (ones == 0 || ones == 1 || ones == 5) {
      Advance(0);
      if (ones == 0) value_ = std::bit_cast<double>(base_bits_);
      if (ones == 1) ReadBits(in_.Read(1) != 0);
      if (ones == 5) value_ = storage::StaleNaN();
      return;
    }
    constexpr unsigned kFieldBits[] = {13, 20, 64};
    Advance(ReadDelta(kFieldBits[ones - 2]));
    ReadValue();
  }

  void ReadValue() {
    if (in_.Read(1) == 0) {
      value_ = std::bit_cast<double>(base_bits_);
    } else if (in_.Read(1) == 0) {
      ReadBits(false);
    } else if (in_.Read(1) == 0) {
      ReadBits(true);
    } else {
      value_ = storage::StaleNaN();
    }
  }

  // Damaged bytes may use a window before they set one, or one that is too long.
  void ReadBits(bool new_window) {
    if (new_window) {
      window_.leading_zeros = static_cast<uint8_t>(in_.Read(5));
      window_.length = static_cast<uint8_t>(in_.Read(6));
      if (window_.length == 0) window_.length = 64;
    }
    if (window_.length == 0 || window_.leading_zeros + window_.length > 64) return in_.Fail();
    Take(base_bits_ ^ in_.Read(window_.length) << (64 - window_.leading_zeros - window_.length));
  }

  void Take(uint64_t value_bits) {
    value_ = std::bit_cast<double>(value_bits);
    if (!storage::IsStaleNaN(value_)) base_bits_ = value_bits;
  }

  BitReader in_;
  StartReader starts_;
  size_t index_ = 0;
  int64_t timestamp_ms_ = 0;
  uint64_t delta_ms_ = 0;
  int64_t start_ms_ = 0;
  uint64_t base_bits_ = 0;
  double value_ = 0;
  XorWindow window_;
};

}  // namespace

Status DecodeXor2Chunk(std::string_view chunk, int64_t min_time_ms, int64_t max_time_ms,
                       size_t max_samples, storage::SampleColumns& samples) {
  if (chunk.size() < kHeaderBytes) return Corruption("chunk ends within its header");
  const size_t count = std::min(SampleCountField(chunk), max_samples);
  Decoder decoder(chunk);
  if (decoder.any_start()) samples.starts_ms.resize(samples.size());  // 0 at those before
  for (size_t i = 0; i < count; ++i) {
    decoder.Next();
    if (!decoder.good()) return Corruption("chunk ends within a sample");
    if (decoder.timestamp_ms() > max_time_ms) break;
    if (decoder.timestamp_ms() < min_time_ms) continue;
    samples.timestamps_ms.push_back(decoder.timestamp_ms());
    samples.values.push_back(decoder.value());
    if (decoder.any_start()) samples.starts_ms.push_back(decoder.start_ms());
  }
  return {};
}

}  // namespace narthex::tsdb
