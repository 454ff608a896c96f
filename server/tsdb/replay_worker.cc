#include "server/tsdb/replay_worker.h"

#include <algorithm>

namespace narthex::tsdb {

void ReplayCounts::Add(const ReplayCounts& other) {
  samples += other.samples;
  unknown_refs += other.unknown_refs;
  min_time_ms = std::min(min_time_ms, other.min_time_ms);
  max_time_ms = std::max(max_time_ms, other.max_time_ms);
}

void ReplayWorker::Add(std::shared_ptr<const LogPack> pack) {
  constexpr size_t kMaxQueued = 16;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.size() < kMaxQueued; });
  queue_.push_back(std::move(pack));
  changed_.notify_all();
}

const ReplayCounts& ReplayWorker::Finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  return counts_;
}

void ReplayWorker::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !queue_.empty() || finished_; });
    if (queue_.empty()) return;
    const std::shared_ptr<const LogPack> pack = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    lock.unlock();
    Take(*pack);
    lock.lock();
  }
}

void ReplayWorker::Take(const LogPack& pack) {
  size_t next = 0;
  const auto take_samples = [&](size_t end) {
    for (; next < end; ++next) {
      Collect(pack.Record(pack.samples[next]));
      AppendCollected();
    }
  };
  for (size_t i = 0; i < pack.histograms.size(); ++i) {
    take_samples(pack.samples_before[i]);
    Append(pack.histograms[i]);
  }
  take_samples(pack.samples.size());
}

void ReplayWorker::Collect(std::string_view record) {
  found_.clear();
  // The record was checked.
  (void)VisitSamples(record, [&](const RefSample& sample) {
    MemSeries* series = Mine(sample.ref, sample.timestamp_ms);
    if (series == nullptr) return;
    const int64_t start_ms = starts_.floats ? sample.start_ms : 0;
    found_.push_back({series, {sample.timestamp_ms, start_ms}, sample.value});
  });
}

void ReplayWorker::AppendCollected() {
  constexpr size_t kAhead = 8;  // samples; the time of so many hides a fetch from memory
  for (size_t i = 0; i < found_.size(); ++i) {
    if (i + kAhead < found_.size()) found_[i + kAhead].series->Prefetch();
    if (i + kAhead / 2 < found_.size()) found_[i + kAhead / 2].series->open.Prefetch();
    const Found& one = found_[i];
    Note(one.time.at_ms, one.series->Append(one.time, one.value));
  }
}

void ReplayWorker::Append(const RefHistogram& one) {
  MemSeries* series = Mine(one.ref, one.timestamp_ms);
  if (series == nullptr) return;
  const storage::SampleTime time(one.timestamp_ms, starts_.histograms ? one.start_ms : 0);
  Note(one.timestamp_ms, series->Append(time, one.histogram));
}

// The series of a sample to append; null for what another worker takes, or nobody.
MemSeries* ReplayWorker::Mine(storage::SeriesRef ref, int64_t timestamp_ms) {
  if ((!aliases_ && !IsMine(ref)) || timestamp_ms < min_time_ms_) return nullptr;
  MemSeries* series = index_.Find(ref);
  if (aliases_ && !IsMine(series != nullptr ? series->ref : ref)) return nullptr;
  if (series != nullptr) {
    ++counts_.samples;
    return series;
  }
  ++counts_.unknown_refs;
  return nullptr;
}

// Neighbours, which lie together in memory, go to one worker.
bool ReplayWorker::IsMine(storage::SeriesRef ref) const {
  constexpr uint64_t kRun = 64;
  return ref / kRun % share_.of == share_.number;
}

void ReplayWorker::Note(int64_t timestamp_ms, AppendOutcome outcome) {
  if (outcome != AppendOutcome::kAppended) return;
  counts_.min_time_ms = std::min(counts_.min_time_ms, timestamp_ms);
  counts_.max_time_ms = std::max(counts_.max_time_ms, timestamp_ms);
}

}  // namespace narthex::tsdb
