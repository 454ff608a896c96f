// When the newest sample of each series is, while the log that has the samples is still being read.
#ifndef NARTHEX_SERVER_TSDB_NEWEST_TIMES_H_
#define NARTHEX_SERVER_TSDB_NEWEST_TIMES_H_

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "server/storage/storage.h"
#include "server/tsdb/mem_series.h"

namespace narthex::tsdb {

// By ref, which are dense: eight bytes each. Use from one thread.
class RefTimes {
 public:
  // False where a time as new or newer was noted. Refs that no series can have are passed over.
  bool Raise(storage::SeriesRef ref, int64_t timestamp_ms);
  int64_t Of(storage::SeriesRef ref) const;  // kMinTime for none
  storage::SeriesRef last_ref() const { return last_ref_; }

  template <typename Visit>  // void(storage::SeriesRef, int64_t timestamp_ms)
  void ForEach(const Visit& visit) const {
    for (const auto& [number, page] : pages_) {
      for (size_t i = 0; i < kPageRefs; ++i) {
        if ((*page)[i] != storage::kMinTime) visit(number * kPageRefs + i, (*page)[i]);
      }
    }
  }

 private:
  static constexpr size_t kPageRefs = 256;
  using Page = std::array<int64_t, kPageRefs>;

  absl::flat_hash_map<uint64_t, std::unique_ptr<Page>> pages_;
  uint64_t recent_number_ = UINT64_MAX;  // the page that was asked for last
  Page* recent_ = nullptr;
  storage::SeriesRef last_ref_ = storage::kNoRef;
};

// Stands in for the samples of series that are not read yet, where others are to be appended behind
// them. Safe from many threads.
class NewestTimes {
 public:
  explicit NewestTimes(RefTimes times) : times_(std::move(times)) {}

  // What an append would do, as MemSeries::Check(). The value of the newest sample is not known: a
  // sample of its time is taken for the same.
  AppendOutcome Check(storage::SeriesRef ref, int64_t timestamp_ms) const;
  // A sample is logged; false where it is not the newest by now.
  bool Raise(storage::SeriesRef ref, int64_t timestamp_ms);

 private:
  mutable std::mutex mutex_;
  RefTimes times_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_NEWEST_TIMES_H_
