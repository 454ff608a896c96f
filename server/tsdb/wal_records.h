// What the records of the log say. Layouts are those of Prometheus' tsdb/record:
//   series   byte 1; per series: ref (8 bytes), label count, per label name and value
//   samples  byte 2; first ref and first timestamp (8 bytes each); per sample the differences of
//            its ref and timestamp to those as zigzag varints, value (8 bytes)
// Counts and sizes of texts are varints; integers of fixed size are big-endian.
#ifndef NARTHEX_SERVER_TSDB_WAL_RECORDS_H_
#define NARTHEX_SERVER_TSDB_WAL_RECORDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/storage/storage.h"

namespace narthex::tsdb {

// On disk: add, never renumber.
enum class RecordType : uint8_t { kSeries = 1, kSamples = 2 };

struct RefSeries {
  storage::SeriesRef ref = storage::kNoRef;
  LabelSet labels;
};

struct RefSample {
  storage::SeriesRef ref = storage::kNoRef;
  int64_t timestamp_ms = 0;
  double value = 0;
};

void EncodeSeries(const std::vector<RefSeries>& series, std::string& out);
void EncodeSamples(const std::vector<RefSample>& samples, std::string& out);

// A record's first byte.
inline uint8_t RecordTypeOf(std::string_view record) {
  return record.empty() ? 0 : static_cast<uint8_t>(record[0]);
}

// Append what the record holds; kCorruption leaves `series` and `samples` in any state.
Status DecodeSeries(std::string_view record, std::vector<RefSeries>& series);
Status DecodeSamples(std::string_view record, std::vector<RefSample>& samples);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_RECORDS_H_
