#include "server/tsdb/tombstones.h"

#include <algorithm>

#include "common/bytes/crc32c.h"
#include "server/tsdb/byte_codec.h"

namespace narthex::tsdb {
namespace {

constexpr uint32_t kMagic = 0x0130BA30;
constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 5;
constexpr size_t kChecksumBytes = 4;

}  // namespace

void AddInterval(Intervals& intervals, Interval interval) {
  Intervals out;
  for (const Interval& other : intervals) {
    const bool before =
        other.max_time_ms < interval.min_time_ms && other.max_time_ms + 1 < interval.min_time_ms;
    const bool after =
        other.min_time_ms > interval.max_time_ms && other.min_time_ms - 1 > interval.max_time_ms;
    if (before || after) {
      out.push_back(other);
    } else {
      interval.min_time_ms = std::min(interval.min_time_ms, other.min_time_ms);
      interval.max_time_ms = std::max(interval.max_time_ms, other.max_time_ms);
    }
  }
  const auto at = std::find_if(out.begin(), out.end(), [&](const Interval& other) {
    return other.min_time_ms > interval.max_time_ms;
  });
  out.insert(at, interval);
  intervals = std::move(out);
}

Result<Tombstones> ParseTombstones(std::string_view file) {
  if (file.size() < kHeaderBytes + kChecksumBytes) return Corruption("tombstones are cut short");
  ByteReader header(file);
  if (header.Fixed32() != kMagic) return Corruption("no file of tombstones");
  if (header.Byte() != kVersion) return Corruption("tombstones of an unknown version");
  const std::string_view body =
      file.substr(kHeaderBytes, file.size() - kHeaderBytes - kChecksumBytes);
  ByteReader checksum(file.substr(file.size() - kChecksumBytes));
  if (checksum.Fixed32() != Crc32c(body)) return Corruption("tombstones: checksum does not match");
  Tombstones tombstones;
  ByteReader reader(body);
  while (!reader.AtEnd()) {
    const storage::SeriesRef ref = reader.Varint();
    const int64_t min_time_ms = reader.Zigzag();
    const int64_t max_time_ms = reader.Zigzag();
    if (!reader.failed()) AddInterval(tombstones[ref], {min_time_ms, max_time_ms});
  }
  if (reader.failed()) return Corruption("tombstones are cut short");
  return tombstones;
}

std::string FormatTombstones(const Tombstones& tombstones) {
  std::vector<storage::SeriesRef> refs;
  refs.reserve(tombstones.size());
  for (const auto& [ref, intervals] : tombstones) refs.push_back(ref);
  std::sort(refs.begin(), refs.end());
  std::string body;
  for (storage::SeriesRef ref : refs) {
    for (const Interval& interval : tombstones.at(ref)) {
      PutVarint(body, ref);
      PutZigzag(body, interval.min_time_ms);
      PutZigzag(body, interval.max_time_ms);
    }
  }
  std::string file;
  PutFixed32(file, kMagic);
  file += static_cast<char>(kVersion);
  file += body;
  PutFixed32(file, Crc32c(body));
  return file;
}

void RemoveDeleted(const Intervals& intervals, size_t begin, storage::SampleColumns& samples) {
  const auto deleted = [&](int64_t at_ms) {
    return std::any_of(intervals.begin(), intervals.end(), [&](const Interval& interval) {
      return interval.min_time_ms <= at_ms && at_ms <= interval.max_time_ms;
    });
  };
  size_t kept = begin;
  for (size_t i = begin; i < samples.size(); ++i) {
    if (deleted(samples.timestamps_ms[i])) continue;
    samples.timestamps_ms[kept] = samples.timestamps_ms[i];
    samples.values[kept] = samples.values[i];
    if (!samples.histograms.empty()) samples.histograms[kept] = samples.histograms[i];
    if (!samples.starts_ms.empty()) samples.starts_ms[kept] = samples.starts_ms[i];
    ++kept;
  }
  samples.timestamps_ms.resize(kept);
  samples.values.resize(kept);
  if (!samples.histograms.empty()) samples.histograms.resize(kept);
  if (!samples.starts_ms.empty()) samples.starts_ms.resize(kept);
}

}  // namespace narthex::tsdb
