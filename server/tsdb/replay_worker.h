// Appends replayed samples to series, on a thread of its own.
#ifndef NARTHEX_SERVER_TSDB_REPLAY_WORKER_H_
#define NARTHEX_SERVER_TSDB_REPLAY_WORKER_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/tsdb/log_decoder.h"
#include "server/tsdb/series_index.h"

namespace narthex::tsdb {

// Which samples keep when their series began, where the log says so.
struct KeptStarts {
  bool floats = false;
  bool histograms = false;
};

struct ReplayCounts {
  uint64_t samples = 0;
  uint64_t unknown_refs = 0;                // samples of series that no record names
  int64_t min_time_ms = storage::kMaxTime;  // of what was appended
  int64_t max_time_ms = storage::kMinTime;

  void Add(const ReplayCounts& other);
};

// Every worker is given every pack and takes the samples of its own series, which it alone touches
// meanwhile: reading a record costs far less than sorting its samples by worker and handing them
// over. Add() and Finish() are called by one thread, which holds a guard of the clock.
class ReplayWorker {
 public:
  struct Share {
    size_t number;
    size_t of;
  };
  // The index knows the series of all packs. Samples before `min_time_ms` are left out.
  ReplayWorker(const SeriesIndex& index, Share share, int64_t min_time_ms, KeptStarts starts)
      : index_(index),
        share_(share),
        min_time_ms_(min_time_ms),
        starts_(starts),
        aliases_(index.has_aliases()),
        thread_([this] { Run(); }) {}
  ~ReplayWorker() { (void)Finish(); }
  ReplayWorker(const ReplayWorker&) = delete;
  ReplayWorker& operator=(const ReplayWorker&) = delete;

  // Waits while the worker is far behind.
  void Add(std::shared_ptr<const LogPack> pack);
  // Returns when all is appended.
  const ReplayCounts& Finish();

 private:
  // A sample of one of this worker's series.
  struct Found {
    MemSeries* series;
    storage::SampleTime time;
    double value;
  };

  void Run();
  void Take(const LogPack& pack);
  void Collect(std::string_view record);
  void AppendCollected();
  void Append(const RefHistogram& one);
  MemSeries* Mine(storage::SeriesRef ref, int64_t timestamp_ms);
  bool IsMine(storage::SeriesRef ref) const;
  void Note(int64_t timestamp_ms, AppendOutcome outcome);

  const SeriesIndex& index_;
  const Share share_;
  const int64_t min_time_ms_;
  const KeptStarts starts_;
  const bool aliases_;        // some series have more than one ref
  std::vector<Found> found_;  // of one record
  ReplayCounts counts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<const LogPack>> queue_;
  bool finished_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_REPLAY_WORKER_H_
