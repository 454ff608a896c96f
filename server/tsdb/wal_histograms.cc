// The records of histograms. See wal_records.h.
#include <algorithm>
#include <array>
#include <optional>

#include "server/tsdb/byte_codec.h"
#include "server/tsdb/histogram_layout.h"
#include "server/tsdb/histogram_numbers.h"
#include "server/tsdb/ref_time.h"
#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {
namespace {

using storage::BucketCounts;
using storage::Histogram;

constexpr std::array kWritten = {RecordType::kHistograms, RecordType::kCustomHistograms,
                                 RecordType::kFloatHistograms, RecordType::kCustomFloatHistograms};

RecordType TypeOf(const Histogram& histogram) {
  if (histogram.float_counts)
    return histogram.custom() ? RecordType::kCustomFloatHistograms : RecordType::kFloatHistograms;
  return histogram.custom() ? RecordType::kCustomHistograms : RecordType::kHistograms;
}

bool HasFloatCounts(RecordType type) {
  return type == RecordType::kFloatHistograms || type == RecordType::kCustomFloatHistograms ||
         type == RecordType::kFloatHistogramsV2;
}

void PutCount(std::string& out, double count, bool float_counts) {
  float_counts ? PutDouble(out, count) : PutVarint(out, WholeCount(count));
}

void PutSpans(std::string& out, const BucketSpans& spans) {
  PutVarint(out, spans.size());
  for (const storage::BucketSpan& span : spans) {
    PutZigzag(out, span.offset);
    PutVarint(out, span.length);
  }
}

void PutBuckets(std::string& out, const std::vector<double>& counts, bool float_counts) {
  PutVarint(out, counts.size());
  uint64_t before = 0;
  for (const double count : counts) {
    if (float_counts) {
      PutDouble(out, count);
    } else {
      PutZigzag(out, static_cast<int64_t>(WholeCount(count) - before));
      before = WholeCount(count);
    }
  }
}

void PutHistogram(std::string& out, const Histogram& histogram) {
  const bool float_counts = histogram.float_counts;
  out += static_cast<char>(histogram.hint);
  PutZigzag(out, histogram.schema);
  PutDouble(out, histogram.zero_threshold);
  PutCount(out, histogram.zero_count, float_counts);
  PutCount(out, histogram.count, float_counts);
  PutDouble(out, histogram.sum);
  PutSpans(out, histogram.positive.spans);
  PutSpans(out, histogram.negative.spans);
  PutBuckets(out, histogram.positive.counts, float_counts);
  PutBuckets(out, histogram.negative.counts, float_counts);
  if (!histogram.custom()) return;
  PutVarint(out, histogram.custom_bounds.size());
  for (const double bound : histogram.custom_bounds) PutDouble(out, bound);
}

// Every element of a list takes a byte at least, so a count beyond the rest is damage.
uint64_t ReadLength(ByteReader& reader) {
  const uint64_t length = reader.Varint();
  if (length > reader.rest().size()) reader.Fail();
  return reader.failed() ? 0 : length;
}

double ReadCount(ByteReader& reader, bool float_counts) {
  return float_counts ? reader.Double() : static_cast<double>(reader.Varint());
}

void ReadSpans(ByteReader& reader, BucketSpans& spans) {
  for (uint64_t left = ReadLength(reader); left > 0 && !reader.failed(); --left) {
    const int64_t offset = reader.Zigzag();
    const uint64_t length = reader.Varint();
    const bool overlaps = !spans.empty() && offset < 0;
    if (length > UINT32_MAX || offset < INT32_MIN || offset > INT32_MAX || overlaps) reader.Fail();
    spans.push_back({static_cast<int32_t>(offset), static_cast<uint32_t>(length)});
  }
}

void ReadBuckets(ByteReader& reader, bool float_counts, BucketCounts& side) {
  const uint64_t length = ReadLength(reader);
  if (length != CountBuckets(side.spans)) return reader.Fail();
  side.counts.reserve(length);
  uint64_t whole = 0;
  for (uint64_t i = 0; i < length && !reader.failed(); ++i) {
    if (!float_counts) whole += static_cast<uint64_t>(reader.Zigzag());
    side.counts.push_back(float_counts ? reader.Double() : static_cast<double>(whole));
  }
}

void ReadHistogram(ByteReader& reader, Histogram& histogram) {
  const bool float_counts = histogram.float_counts;
  histogram.hint = static_cast<storage::CounterResetHint>(reader.Byte() & 3);
  const int64_t schema = reader.Zigzag();
  histogram.zero_threshold = reader.Double();
  histogram.zero_count = ReadCount(reader, float_counts);
  histogram.count = ReadCount(reader, float_counts);
  histogram.sum = reader.Double();
  ReadSpans(reader, histogram.positive.spans);
  ReadSpans(reader, histogram.negative.spans);
  ReadBuckets(reader, float_counts, histogram.positive);
  ReadBuckets(reader, float_counts, histogram.negative);
  if (!IsKnownSchema(schema)) return reader.Fail();
  histogram.schema = static_cast<int32_t>(schema);
  if (histogram.custom()) {
    const uint64_t length = ReadLength(reader);
    for (uint64_t i = 0; i < length && !reader.failed(); ++i)
      histogram.custom_bounds.push_back(reader.Double());
  } else if (schema > Histogram::kMaxSchema && !reader.failed()) {
    ReduceResolution(histogram, Histogram::kMaxSchema);
  }
}

}  // namespace

bool IsHistogramsRecord(RecordType type) {
  return type == RecordType::kHistogramsV2 || type == RecordType::kFloatHistogramsV2 ||
         std::find(kWritten.begin(), kWritten.end(), type) != kWritten.end();
}

namespace {

void EncodeWithStarts(std::span<const RefHistogram> histograms, RecordList& records) {
  for (const bool float_counts : {false, true}) {
    std::string* record = nullptr;
    std::optional<RefTimeWriter> writer;
    for (const RefHistogram& one : histograms) {
      if (one.histogram.float_counts != float_counts) continue;
      if (record == nullptr) {
        record = &records.Add();
        *record += static_cast<char>(float_counts ? RecordType::kFloatHistogramsV2
                                                  : RecordType::kHistogramsV2);
        writer.emplace(*record);
      }
      writer->Write({one.ref, one.timestamp_ms, one.start_ms});
      PutHistogram(*record, one.histogram);
    }
  }
}

}  // namespace

void EncodeHistograms(std::span<const RefHistogram> histograms, RecordList& records) {
  if (std::any_of(histograms.begin(), histograms.end(),
                  [](const RefHistogram& one) { return one.start_ms != 0; }))
    return EncodeWithStarts(histograms, records);
  for (const RecordType type : kWritten) {
    std::string* record = nullptr;
    RefTime first;
    for (const RefHistogram& one : histograms) {
      if (TypeOf(one.histogram) != type) continue;
      if (record == nullptr) {
        record = &records.Add();
        first = {one.ref, one.timestamp_ms};
        *record += static_cast<char>(type);
        PutFixed64(*record, first.ref);
        PutFixed64(*record, static_cast<uint64_t>(first.timestamp_ms));
      }
      PutZigzag(*record, static_cast<int64_t>(one.ref - first.ref));
      PutZigzag(*record, one.timestamp_ms - first.timestamp_ms);
      PutHistogram(*record, one.histogram);
    }
  }
}

Status DecodeHistograms(std::string_view record, std::vector<RefHistogram>& histograms) {
  const RecordType type = RecordTypeOf(record);
  const bool with_starts =
      type == RecordType::kHistogramsV2 || type == RecordType::kFloatHistogramsV2;
  ByteReader reader(record.substr(1));
  RefTimeReader next(reader, with_starts);
  while (!reader.AtEnd()) {
    const RefTime at = next.Read();
    RefHistogram one{at.ref, at.timestamp_ms, {}, at.start_ms};
    one.histogram.float_counts = HasFloatCounts(type);
    ReadHistogram(reader, one.histogram);
    if (!reader.failed()) histograms.push_back(std::move(one));
  }
  return reader.failed() ? Corruption("histograms record is damaged") : Status();
}

}  // namespace narthex::tsdb
