#include "server/tsdb/wal_records.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace narthex::tsdb {
namespace {

constexpr size_t kMaxSampleBytes = 2 * kMaxVarintBytes + sizeof(uint64_t);

size_t WriteZigzag(char* out, int64_t value) { return WriteVarint(out, ZigzagOf(value)); }

}  // namespace

void EncodeSeries(std::span<const RefSeries> series, std::string& out) {
  out += static_cast<char>(RecordType::kSeries);
  for (const RefSeries& one : series) {
    PutFixed64(out, one.ref);
    PutLabels(out, one.labels);
  }
}

void PutLabels(std::string& out, const LabelSet& labels) {
  PutVarint(out, labels.size());
  for (const Label label : labels) {
    PutText(out, label.name);
    PutText(out, label.value);
  }
}

namespace {

// False where there are no more such bytes.
bool ReadPairs(ByteReader& reader, std::vector<Label>& labels) {
  labels.clear();
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const std::string_view name = reader.Text();
    labels.push_back({name, reader.Text()});
  }
  return !reader.failed();
}

// Everybody writes labels like that.
bool AreSortedAndFull(const std::vector<Label>& labels) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].value.empty() || (i > 0 && labels[i - 1].name >= labels[i].name)) return false;
  }
  return true;
}

LabelSet SetOf(const std::vector<Label>& labels) {
  LabelSetBuilder builder;
  for (const Label& label : labels) builder.Set(label.name, label.value);
  return builder.Build();
}

}  // namespace

LabelSet ReadLabels(ByteReader& reader) {
  thread_local std::vector<Label> labels;  // its memory is used again
  if (!ReadPairs(reader, labels)) return {};
  return AreSortedAndFull(labels) ? LabelSet::From(labels) : SetOf(labels);
}

Status VisitSeries(std::string_view record, const SeriesVisitor& visit) {
  thread_local std::vector<Label> labels;
  ByteReader reader(record.substr(1));
  while (!reader.AtEnd()) {
    const uint64_t ref = reader.Fixed64();
    if (!ReadPairs(reader, labels)) break;
    if (AreSortedAndFull(labels)) {
      visit(ref, labels);
    } else {
      const LabelSet set = SetOf(labels);
      visit(ref, std::vector<Label>(set.begin(), set.end()));
    }
  }
  return reader.failed() ? Corruption("series record cut short") : Status();
}

namespace {

void EncodeSamplesWithStarts(std::span<const RefSample> samples, std::string& out) {
  out += static_cast<char>(RecordType::kSamplesV2);
  RefTimeWriter writer(out);
  for (const RefSample& sample : samples) {
    writer.Write({sample.ref, sample.timestamp_ms, sample.start_ms});
    PutDouble(out, sample.value);
  }
}

}  // namespace

void EncodeSamples(std::span<const RefSample> samples, std::string& out) {
  if (std::any_of(samples.begin(), samples.end(),
                  [](const RefSample& sample) { return sample.start_ms != 0; }))
    return EncodeSamplesWithStarts(samples, out);
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
  return VisitSeries(record, [&](storage::SeriesRef ref, std::span<const Label> labels) {
    std::vector<Label> copy(labels.begin(), labels.end());
    series.push_back({ref, LabelSet::From(copy)});
  });
}

bool IsSamplesRecord(RecordType type) {
  return type == RecordType::kSamples || type == RecordType::kSamplesV2;
}

Status DecodeSamples(std::string_view record, std::vector<RefSample>& samples) {
  return VisitSamples(record, [&](const RefSample& sample) { samples.push_back(sample); });
}

void EncodeTombstones(std::span<const RefTombstone> tombstones, std::string& out) {
  out += static_cast<char>(RecordType::kTombstones);
  for (const RefTombstone& one : tombstones) {
    PutFixed64(out, one.ref);
    PutZigzag(out, one.interval.min_time_ms);
    PutZigzag(out, one.interval.max_time_ms);
  }
}

Status DecodeTombstones(std::string_view record, std::vector<RefTombstone>& tombstones) {
  ByteReader reader(record.substr(1));
  while (!reader.AtEnd()) {
    RefTombstone one;
    one.ref = reader.Fixed64();
    one.interval.min_time_ms = reader.Zigzag();
    one.interval.max_time_ms = reader.Zigzag();
    if (!reader.failed()) tombstones.push_back(one);
  }
  return reader.failed() ? Corruption("tombstones record cut short") : Status();
}

}  // namespace narthex::tsdb
