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

// What samples are to the log, which has a record for each kind.
enum class SampleKind : uint8_t {
  kFloat,
  kHistogram,
  kCustomHistogram,
  kFloatHistogram,
  kCustomFloatHistogram,
};
SampleKind KindOf(const storage::Histogram& histogram);

// Samples of different kinds are logged apart, kind by kind. Where a series has more than one kind
// in a commit their order is to be kept: then a new part begins, and parts are logged one by one.
struct BatchPart {
  size_t samples_end = 0;
  size_t histograms_end = 0;
};

struct AppendBatch {
  std::vector<RefSample> samples;
  std::vector<MemSeries*> series;  // of each sample
  std::vector<RefHistogram> histograms;
  std::vector<MemSeries*> histogram_series;  // of each histogram
  std::vector<BatchPart> parts;              // all but the last, which ends with the samples
  // Out of order: floats and histograms in any order.
  std::vector<RefSample> late_samples;
  std::vector<MemSeries*> late_series;
  std::vector<RefHistogram> late_histograms;
  std::vector<MemSeries*> late_histogram_series;
  std::vector<RefExemplar> exemplars;
  std::vector<RefMetadata> metadata;
  std::vector<MemSeries*> unlogged;  // series whose record is not in the log yet
  RecordList records;

  bool empty() const {
    return samples.empty() && histograms.empty() && !has_late() && exemplars.empty() &&
           metadata.empty();
  }

  bool has_late() const { return !late_samples.empty() || !late_histograms.empty(); }

  // Makes ready for a sample of this kind; `again` where the series may have others here.
  void Begin(SampleKind kind, bool again) {
    const auto bit = static_cast<uint8_t>(1U << static_cast<unsigned>(kind));
    if (again && (kinds_ & ~bit) != 0) {
      parts.push_back(LastPart());
      kinds_ = 0;
    }
    kinds_ |= bit;
  }
  BatchPart LastPart() const { return {samples.size(), histograms.size()}; }
  // Calls `visit` with the borders of each part, in order.
  template <typename Visit>
  void VisitParts(Visit visit) const {
    BatchPart begin;
    for (const BatchPart& end : parts) {
      visit(begin, end);
      begin = end;
    }
    visit(begin, LastPart());
  }

  void Clear() {
    samples.clear();
    series.clear();
    histograms.clear();
    histogram_series.clear();
    parts.clear();
    late_samples.clear();
    late_series.clear();
    late_histograms.clear();
    late_histogram_series.clear();
    exemplars.clear();
    metadata.clear();
    unlogged.clear();
    records.Clear();
    kinds_ = 0;
  }

 private:
  uint8_t kinds_ = 0;  // that the last part has
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
