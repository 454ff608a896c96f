// The exemplars of all series: as many of the newest as there is room for.
#ifndef NARTHEX_SERVER_TSDB_EXEMPLAR_STORE_H_
#define NARTHEX_SERVER_TSDB_EXEMPLAR_STORE_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/storage/storage.h"

namespace narthex::tsdb {

struct ExemplarStats {
  uint64_t appended = 0;  // ever
  uint64_t out_of_order = 0;
  size_t stored = 0;
  size_t series = 0;
  size_t capacity = 0;
  int64_t oldest_ms = 0;  // of what was stored first of all there is
};

// Safe from many threads. What came first goes first, whatever its time.
class ExemplarStore {
 public:
  // 0 keeps none. Another capacity drops what there is too much of.
  void SetCapacity(size_t capacity);
  bool enabled() const;
  // How much older than the newest of its series an exemplar may be.
  void SetOutOfOrderWindow(int64_t window_ms);

  // Whether Add() would take it. kDuplicate: it is the newest of the series; kOutOfOrder: it is
  // older; kInvalidArgument: its labels are longer than OpenMetrics admits.
  Status Check(const LabelSet& series, const openmetrics::Exemplar& exemplar) const;
  // `exemplar` has a timestamp.
  Status Add(const LabelSet& series, const openmetrics::Exemplar& exemplar);

  // Those in [min, max] of series that satisfy all matchers of any one of the selections, by
  // labels.
  std::vector<storage::ExemplarSeries> Select(
      int64_t min_time_ms, int64_t max_time_ms,
      const std::vector<std::vector<storage::Matcher>>& selections) const;

  ExemplarStats Stats() const;

 private:
  struct Stored {
    uint64_t number;  // by arrival
    openmetrics::Exemplar exemplar;
  };
  struct Series {
    LabelSet labels;
    std::deque<Stored> stored;  // by time; never empty
  };

  Status CheckLocked(const Series* series, const openmetrics::Exemplar& exemplar) const;
  const Series* FindLocked(const LabelSet& labels) const;
  void DropOldestLocked();

  mutable std::mutex mutex_;
  size_t capacity_ = 0;
  int64_t window_ms_ = 0;
  absl::flat_hash_map<LabelSet, std::unique_ptr<Series>> series_;
  std::deque<Series*> by_arrival_;  // numbered from first_number_
  uint64_t first_number_ = 0;
  uint64_t appended_ = 0;
  uint64_t out_of_order_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_EXEMPLAR_STORE_H_
