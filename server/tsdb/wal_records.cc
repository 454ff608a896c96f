#include "server/tsdb/wal_records.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "server/tsdb/ref_time.h"

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

LabelSet ReadLabels(ByteReader& reader) {
  thread_local std::vector<Label> labels;  // its memory is used again
  labels.clear();
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const std::string_view name = reader.Text();
    labels.push_back({name, reader.Text()});
  }
  if (reader.failed()) return {};
  const auto out_of_order = [](const Label& a, const Label& b) { return a.name >= b.name; };
  if (std::adjacent_find(labels.begin(), labels.end(), out_of_order) == labels.end())
    return LabelSet::From(labels);
  // Nobody writes such records.
  LabelSetBuilder builder;
  for (const Label& label : labels) builder.Set(label.name, label.value);
  return builder.Build();
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
  ByteReader reader(record.substr(1));
  while (!reader.AtEnd()) {
    const uint64_t ref = reader.Fixed64();
    LabelSet labels = ReadLabels(reader);
    if (!reader.failed()) series.push_back({ref, std::move(labels)});
  }
  return reader.failed() ? Corruption("series record cut short") : Status();
}

bool IsSamplesRecord(RecordType type) {
  return type == RecordType::kSamples || type == RecordType::kSamplesV2;
}

Status DecodeSamples(std::string_view record, std::vector<RefSample>& samples) {
  ByteReader reader(record.substr(1));
  RefTimeReader next(reader, RecordTypeOf(record) == RecordType::kSamplesV2);
  while (!reader.AtEnd()) {
    const RefTime at = next.Read();
    const double value = reader.Double();
    if (!reader.failed()) samples.push_back({at.ref, at.timestamp_ms, value, at.start_ms});
  }
  return reader.failed() ? Corruption("samples record cut short") : Status();
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
