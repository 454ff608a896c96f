// What one appender has collected. Batches are used again and again, so that a commit of the usual
// size allocates nothing.
#ifndef NARTHEX_SERVER_TSDB_APPEND_BATCH_H_
#define NARTHEX_SERVER_TSDB_APPEND_BATCH_H_

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/tsdb/mem_series.h"
#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {

struct AppendBatch {
  std::vector<RefSample> samples;
  std::vector<MemSeries*> series;    // of each sample
  std::vector<MemSeries*> unlogged;  // series whose record is not in the log yet
  std::string series_record;
  std::string samples_record;

  void Clear() {
    samples.clear();
    series.clear();
    unlogged.clear();
    series_record.clear();
    samples_record.clear();
  }
};

// Empty batches to take. Safe from many threads.
class AppendBatchPool {
 public:
  AppendBatch Take() {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) return {};
    AppendBatch batch = std::move(spare_.back());
    spare_.pop_back();
    return batch;
  }

  // Keeps the memory of a few batches; one that grew large is not worth keeping.
  void Give(AppendBatch batch) {
    if (batch.samples.capacity() > kMaxSamples) return;
    batch.Clear();
    const std::lock_guard lock(mutex_);
    if (spare_.size() < kMaxSpare) spare_.push_back(std::move(batch));
  }

 private:
  static constexpr size_t kMaxSpare = 8;
  static constexpr size_t kMaxSamples = 64 * 1024;  // some 4 MB

  std::mutex mutex_;
  std::vector<AppendBatch> spare_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_APPEND_BATCH_H_
