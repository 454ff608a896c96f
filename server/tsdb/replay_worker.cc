#include "server/tsdb/replay_worker.h"

#include <algorithm>

namespace narthex::tsdb {

void ReplayWorker::Add(ReplayBatch batch) {
  constexpr size_t kMaxQueued = 16;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.size() < kMaxQueued; });
  queue_.push_back(std::move(batch));
  changed_.notify_all();
}

void ReplayWorker::Finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReplayWorker::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !queue_.empty() || finished_; });
    if (queue_.empty()) return;
    const ReplayBatch batch = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    lock.unlock();
    Append(batch);
    lock.lock();
  }
}

void ReplayWorker::Append(const ReplayBatch& batch) {
  constexpr size_t kAhead = 8;  // samples; the time of so many hides a fetch from memory
  size_t next = 0;
  const auto append_samples = [&](size_t end) {
    for (; next < end; ++next) {
      if (next + kAhead < batch.samples.size()) batch.samples[next + kAhead].series->Prefetch();
      if (next + kAhead / 2 < batch.samples.size())
        batch.samples[next + kAhead / 2].series->open.Prefetch();
      const ReplayBatch::Float& sample = batch.samples[next];
      Note(sample.time.at_ms, sample.series->Append(sample.time, sample.value));
    }
  };
  for (const ReplayBatch::Native& one : batch.histograms) {
    append_samples(one.samples_before);
    Note(one.time.at_ms, one.series->Append(one.time, one.histogram));
  }
  append_samples(batch.samples.size());
}

void ReplayWorker::Note(int64_t timestamp_ms, AppendOutcome outcome) {
  if (outcome != AppendOutcome::kAppended) return;
  min_time_ms_ = std::min(min_time_ms_, timestamp_ms);
  max_time_ms_ = std::max(max_time_ms_, timestamp_ms);
}

}  // namespace narthex::tsdb
