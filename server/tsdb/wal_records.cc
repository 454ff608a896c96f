#include "server/tsdb/wal_records.h"

#include <bit>
#include <cstring>

namespace narthex::tsdb {
namespace {

void PutFixed64(std::string& out, uint64_t value) {
  const uint64_t big_endian = __builtin_bswap64(value);
  char bytes[sizeof big_endian];
  std::memcpy(bytes, &big_endian, sizeof big_endian);
  out.append(bytes, sizeof bytes);
}

constexpr size_t kMaxVarintBytes = 10;
constexpr size_t kMaxSampleBytes = 2 * kMaxVarintBytes + sizeof(uint64_t);

size_t WriteVarint(char* out, uint64_t value) {
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) out[size++] = static_cast<char>(value | 0x80);
  out[size++] = static_cast<char>(value);
  return size;
}

size_t WriteZigzag(char* out, int64_t value) {
  return WriteVarint(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

void PutVarint(std::string& out, uint64_t value) {
  char bytes[kMaxVarintBytes];
  out.append(bytes, WriteVarint(bytes, value));
}

void PutText(std::string& out, std::string_view text) {
  PutVarint(out, text.size());
  out += text;
}

// Takes fields off the front of a record; after the end everything is zero and failed() is true.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty() || failed_; }
  bool failed() const { return failed_; }

  uint64_t Fixed64() {
    const std::string_view bytes = Take(8);
    uint64_t value = 0;
    for (char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = Take(1);
      if (failed_) return 0;
      value |= static_cast<uint64_t>(static_cast<uint8_t>(byte[0]) & 0x7f) << shift;
      if (static_cast<uint8_t>(byte[0]) < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }
  int64_t Zigzag() {
    const uint64_t value = Varint();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  std::string_view Text() { return Take(Varint()); }

 private:
  std::string_view Take(uint64_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

void EncodeSeries(const std::vector<RefSeries>& series, std::string& out) {
  out += static_cast<char>(RecordType::kSeries);
  for (const RefSeries& one : series) {
    PutFixed64(out, one.ref);
    PutVarint(out, one.labels.size());
    for (const Label label : one.labels) {
      PutText(out, label.name);
      PutText(out, label.value);
    }
  }
}

void EncodeSamples(const std::vector<RefSample>& samples, std::string& out) {
  out += static_cast<char>(RecordType::kSamples);
  if (samples.empty()) return;
  const RefSample& first = samples.front();
  PutFixed64(out, first.ref);
  PutFixed64(out, static_cast<uint64_t>(first.timestamp_ms));
  // Written in place: this runs for every sample.
  size_t size = out.size();
  out.resize(size + samples.size() * kMaxSampleBytes);
  for (const RefSample& sample : samples) {
    size += WriteZigzag(out.data() + size, static_cast<int64_t>(sample.ref - first.ref));
    size += WriteZigzag(out.data() + size, sample.timestamp_ms - first.timestamp_ms);
    const uint64_t big_endian = __builtin_bswap64(std::bit_cast<uint64_t>(sample.value));
    std::memcpy(out.data() + size, &big_endian, sizeof big_endian);
    size += sizeof big_endian;
  }
  out.resize(size);
}

Status DecodeSeries(std::string_view record, std::vector<RefSeries>& series) {
  RecordReader reader(record.substr(1));
  while (!reader.AtEnd()) {
    const uint64_t ref = reader.Fixed64();
    const uint64_t label_count = reader.Varint();
    LabelSetBuilder builder;
    for (uint64_t i = 0; i < label_count && !reader.failed(); ++i) {
      const std::string_view name = reader.Text();
      builder.Set(name, reader.Text());
    }
    if (!reader.failed()) series.push_back({ref, builder.Build()});
  }
  return reader.failed() ? Corruption("series record cut short") : Status();
}

Status DecodeSamples(std::string_view record, std::vector<RefSample>& samples) {
  RecordReader reader(record.substr(1));
  if (reader.AtEnd()) return {};
  const uint64_t first_ref = reader.Fixed64();
  const uint64_t first_timestamp = reader.Fixed64();
  while (!reader.AtEnd()) {
    const auto ref = first_ref + static_cast<uint64_t>(reader.Zigzag());
    const auto timestamp =
        static_cast<int64_t>(first_timestamp + static_cast<uint64_t>(reader.Zigzag()));
    const auto value = std::bit_cast<double>(reader.Fixed64());
    if (!reader.failed()) samples.push_back({ref, timestamp, value});
  }
  return reader.failed() ? Corruption("samples record cut short") : Status();
}

}  // namespace narthex::tsdb
