// What of a record of the log goes into a checkpoint.
#ifndef NARTHEX_SERVER_TSDB_RECORD_FILTER_H_
#define NARTHEX_SERVER_TSDB_RECORD_FILTER_H_

#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {

using SampleFilter = std::function<bool(storage::SeriesRef ref, int64_t timestamp_ms)>;
using SeriesFilter = std::function<bool(storage::SeriesRef ref)>;

class RecordFilter {
 public:
  // Both outlive the filter. A sample is kept where both say so.
  RecordFilter(const SampleFilter& keep_sample, const SeriesFilter& keep_series)
      : keep_sample_(keep_sample), keep_series_(keep_series) {}

  // The records to write in the place of this one, which are valid until the next call. A record
  // with start times, or of an unknown type, is kept as it is or not at all.
  Result<std::vector<std::string_view>> Kept(std::string_view record);

  // What is to be written behind all others: the newest metadata of each series.
  std::vector<std::string_view> Rest();

 private:
  Status Filter(RecordType type, std::string_view record);

  template <typename Sample>
  bool Keeps(const Sample& sample) const {
    return keep_sample_(sample.ref, sample.timestamp_ms) && keep_series_(sample.ref);
  }

  const SampleFilter& keep_sample_;
  const SeriesFilter& keep_series_;
  std::vector<RefSeries> series_;
  std::vector<RefSample> samples_;
  std::vector<RefHistogram> histograms_;
  std::vector<RefExemplar> exemplars_;
  std::vector<RefTombstone> tombstones_;
  std::vector<RefMetadata> metadata_;
  std::map<storage::SeriesRef, storage::Metadata> newest_metadata_;
  RecordList kept_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_RECORD_FILTER_H_
