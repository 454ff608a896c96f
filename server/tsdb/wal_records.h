// What the records of the log say. Layouts are those of Prometheus' tsdb/record:
//   series   byte 1; per series: ref (8 bytes), label count, per label name and value
//   samples  byte 2; first ref and first timestamp (8 bytes each); per sample the differences of
//            its ref and timestamp to those as zigzag varints, value (8 bytes)
//   histograms  byte 7 of whole counts, 8 of floats, 9 and 10 the same with custom buckets; refs
//            and timestamps as above, and in place of the value: hint (1 byte), schema (zigzag),
//            zero threshold, zero count, count, sum; positive and negative spans, each their number
//            and per span offset (zigzag) and length; positive and negative buckets, each their
//            number and counts; of custom buckets the bounds, their number and 8 bytes each.
//            Counts are varints, of buckets zigzags of the difference to the bucket before; of
//            floats all are 8 bytes.
//   tombstones  byte 3; per interval ref (8 bytes), first and last deleted time as zigzag varints
//   exemplars  byte 4; refs and timestamps as of samples, value (8 bytes), labels as of series
//   metadata  byte 6; per series ref (varint), type (1 byte), number of fields and per field name
//            and value: UNIT and HELP
//   with start times  byte 11 samples, 12 and 13 histograms of any buckets; written where one of
//            the record's samples has a start.
//            The first has ref, timestamp and start as zigzags, the others the difference of the
//            ref to the one before and of the timestamp to the first, and a byte: 0 no start, 1 the
//            start of the one before, 2 the difference to the first start as zigzag
// Counts and sizes of texts are varints; integers of fixed size are big-endian.
#ifndef NARTHEX_SERVER_TSDB_WAL_RECORDS_H_
#define NARTHEX_SERVER_TSDB_WAL_RECORDS_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/storage/storage.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/ref_time.h"
#include "server/tsdb/tombstones.h"

namespace narthex::tsdb {

// On disk: add, never renumber.
enum class RecordType : uint8_t {
  kSeries = 1,
  kSamples = 2,
  kTombstones = 3,
  kExemplars = 4,
  kChunkMarkers = 5,  // of late samples; read past, not written
  kMetadata = 6,
  kHistograms = 7,
  kFloatHistograms = 8,
  kCustomHistograms = 9,
  kCustomFloatHistograms = 10,
  kSamplesV2 = 11,
  kHistogramsV2 = 12,
  kFloatHistogramsV2 = 13,
};

struct RefSeries {
  storage::SeriesRef ref = storage::kNoRef;
  LabelSet labels;
};

struct RefSample {
  storage::SeriesRef ref = storage::kNoRef;
  int64_t timestamp_ms = 0;
  double value = 0;
  int64_t start_ms = 0;  // 0: not known

  storage::SampleTime time() const { return {timestamp_ms, start_ms}; }
};

struct RefHistogram {
  storage::SeriesRef ref = storage::kNoRef;
  int64_t timestamp_ms = 0;
  storage::Histogram histogram;
  int64_t start_ms = 0;

  storage::SampleTime time() const { return {timestamp_ms, start_ms}; }
};

struct RefExemplar {
  storage::SeriesRef ref = storage::kNoRef;
  openmetrics::Exemplar exemplar;  // has a timestamp
};

// All time: the series has left memory, and the next one of its labels is another.
inline constexpr Interval kEndOfSeries{std::numeric_limits<int64_t>::min(),
                                       std::numeric_limits<int64_t>::max()};

struct RefTombstone {
  storage::SeriesRef ref = storage::kNoRef;
  Interval interval;

  bool ends_series() const {
    return interval.min_time_ms == kEndOfSeries.min_time_ms &&
           interval.max_time_ms == kEndOfSeries.max_time_ms;
  }
};

struct RefMetadata {
  storage::SeriesRef ref = storage::kNoRef;
  storage::Metadata metadata;
};

// Records to be logged together. Clear() keeps their memory for the next ones.
class RecordList {
 public:
  // A new one, empty.
  std::string& Add() {
    if (used_ == records_.size()) records_.emplace_back();
    records_[used_].clear();
    return records_[used_++];
  }
  void Clear() { used_ = 0; }
  bool empty() const { return used_ == 0; }
  // Valid until the next Add().
  std::vector<std::string_view> views() const {
    return {records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(used_)};
  }

 private:
  std::vector<std::string> records_;
  size_t used_ = 0;
};

void EncodeSeries(std::span<const RefSeries> series, std::string& out);
void EncodeSamples(std::span<const RefSample> samples, std::string& out);
// One record for each kind of histogram that is there, of two kinds at most with starts.
void EncodeHistograms(std::span<const RefHistogram> histograms, RecordList& records);

void EncodeExemplars(std::span<const RefExemplar> exemplars, std::string& out);
void EncodeTombstones(std::span<const RefTombstone> tombstones, std::string& out);
void EncodeMetadata(std::span<const RefMetadata> metadata, std::string& out);

// A record's first byte.
inline RecordType RecordTypeOf(std::string_view record) {
  return record.empty() ? RecordType{} : static_cast<RecordType>(record[0]);
}
bool IsSamplesRecord(RecordType type);
bool IsHistogramsRecord(RecordType type);

// Append what the record holds; kCorruption leaves the list in any state. Histograms of schemas
// finer than are known come at the finest known; nothing else about them is checked but that spans
// and counts fit.
Status DecodeSeries(std::string_view record, std::vector<RefSeries>& series);
Status DecodeSamples(std::string_view record, std::vector<RefSample>& samples);
Status DecodeHistograms(std::string_view record, std::vector<RefHistogram>& histograms);
Status DecodeExemplars(std::string_view record, std::vector<RefExemplar>& exemplars);
Status DecodeTombstones(std::string_view record, std::vector<RefTombstone>& tombstones);
Status DecodeMetadata(std::string_view record, std::vector<RefMetadata>& metadata);

// Give each sample, or series with its sorted labels, of a record to `visit`, which has seen a part
// of it where the answer is kCorruption.
template <typename Visit>  // void(const RefSample&)
Status VisitSamples(std::string_view record, const Visit& visit) {
  ByteReader reader(record.substr(1));
  RefTimeReader next(reader, RecordTypeOf(record) == RecordType::kSamplesV2);
  while (!reader.AtEnd()) {
    const RefTime at = next.Read();
    const double value = reader.Double();
    if (!reader.failed()) visit(RefSample{at.ref, at.timestamp_ms, value, at.start_ms});
  }
  return reader.failed() ? Corruption("samples record cut short") : Status();
}
using SeriesVisitor = std::function<void(storage::SeriesRef ref, std::span<const Label> labels)>;
Status VisitSeries(std::string_view record, const SeriesVisitor& visit);

// Labels as records have them.
void PutLabels(std::string& out, const LabelSet& labels);
LabelSet ReadLabels(ByteReader& reader);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_RECORDS_H_
