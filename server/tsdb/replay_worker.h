// Appends replayed samples to series, on a thread of its own.
#ifndef NARTHEX_SERVER_TSDB_REPLAY_WORKER_H_
#define NARTHEX_SERVER_TSDB_REPLAY_WORKER_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "server/tsdb/mem_series.h"

namespace narthex::tsdb {

// Samples of a log, in its order, resolved to their series.
struct ReplayBatch {
  struct Float {
    MemSeries* series;
    storage::SampleTime time;
    double value;
  };
  struct Native {
    MemSeries* series;
    storage::SampleTime time;
    storage::Histogram histogram;
    size_t samples_before;  // of the batch
  };

  std::vector<Float> samples;
  std::vector<Native> histograms;

  size_t size() const { return samples.size() + histograms.size(); }
};

// A series always goes to the same worker, which alone touches its samples meanwhile. Add() and
// Finish() are called by one thread.
class ReplayWorker {
 public:
  ReplayWorker() : thread_([this] { Run(); }) {}
  ~ReplayWorker() { Finish(); }
  ReplayWorker(const ReplayWorker&) = delete;
  ReplayWorker& operator=(const ReplayWorker&) = delete;

  // Waits while the worker is far behind.
  void Add(ReplayBatch batch);
  // Returns when all is appended.
  void Finish();

  // Of what was appended; after Finish().
  int64_t min_time_ms() const { return min_time_ms_; }
  int64_t max_time_ms() const { return max_time_ms_; }

 private:
  void Run();
  void Append(const ReplayBatch& batch);
  void Note(int64_t timestamp_ms, AppendOutcome outcome);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ReplayBatch> queue_;
  bool finished_ = false;
  int64_t min_time_ms_ = storage::kMaxTime;
  int64_t max_time_ms_ = storage::kMinTime;
  std::thread thread_;  // last: it uses the others
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_REPLAY_WORKER_H_
