#include "server/tsdb/wal_replay.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "server/tsdb/wal_files.h"
#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {
namespace {

struct ResolvedSample {
  MemSeries* series;
  storage::SampleTime time;
  double value;
};
struct ResolvedHistogram {
  MemSeries* series;
  storage::SampleTime time;
  storage::Histogram histogram;
  size_t samples_before;  // of the batch
};
struct Batch {
  std::vector<ResolvedSample> samples;
  std::vector<ResolvedHistogram> histograms;

  size_t size() const { return samples.size() + histograms.size(); }
};

// Appends batches on a thread of its own. A series always goes to the same worker.
class ReplayWorker {
 public:
  ReplayWorker() : thread_([this] { Run(); }) {}
  ~ReplayWorker() { Finish(); }

  void Add(Batch batch) {
    constexpr size_t kMaxQueued = 16;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.size() < kMaxQueued; });
    queue_.push_back(std::move(batch));
    changed_.notify_all();
  }

  void Finish() {
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  int64_t min_time_ms() const { return min_time_ms_; }  // after Finish()
  int64_t max_time_ms() const { return max_time_ms_; }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !queue_.empty() || finished_; });
      if (queue_.empty()) return;
      const Batch batch = std::move(queue_.front());
      queue_.pop_front();
      changed_.notify_all();
      lock.unlock();
      Append(batch);
      lock.lock();
    }
  }

  void Append(const Batch& batch) {
    size_t next = 0;
    const auto append_samples = [&](size_t end) {
      for (; next < end; ++next) {
        const ResolvedSample& sample = batch.samples[next];
        Note(sample.time.at_ms, sample.series->Append(sample.time, sample.value));
      }
    };
    for (const ResolvedHistogram& one : batch.histograms) {
      append_samples(one.samples_before);
      Note(one.time.at_ms, one.series->Append(one.time, one.histogram));
    }
    append_samples(batch.samples.size());
  }

  void Note(int64_t timestamp_ms, AppendOutcome outcome) {
    if (outcome != AppendOutcome::kAppended) return;
    min_time_ms_ = std::min(min_time_ms_, timestamp_ms);
    max_time_ms_ = std::max(max_time_ms_, timestamp_ms);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> queue_;
  bool finished_ = false;
  int64_t min_time_ms_ = storage::kMaxTime;
  int64_t max_time_ms_ = storage::kMinTime;
  std::thread thread_;  // last: it uses the others
};

// Turns records into series and batches of samples.
class Replayer {
 public:
  Replayer(const ReplayTarget& target, size_t threads, const ReplayOptions& options)
      : target_(target),
        index_(target.index),
        guard_(target.commits, false),
        min_time_ms_(options.min_time_ms),
        starts_(options.starts),
        workers_(threads),
        batches_(threads) {}

  Status Record(std::string_view record) {
    const RecordType type = RecordTypeOf(record);
    if (type == RecordType::kSeries) {
      series_.clear();
      RETURN_IF_ERROR(DecodeSeries(record, series_));
      for (const RefSeries& one : series_) index_.Restore(one.ref, one.labels);
    } else if (IsSamplesRecord(type)) {
      samples_.clear();
      RETURN_IF_ERROR(DecodeSamples(record, samples_));
      DistributeSamples();
    } else if (IsHistogramsRecord(type)) {
      histograms_.clear();
      RETURN_IF_ERROR(DecodeHistograms(record, histograms_));
      DistributeHistograms();
    } else if (type == RecordType::kExemplars) {
      exemplars_.clear();
      RETURN_IF_ERROR(DecodeExemplars(record, exemplars_));
      AddExemplars();
    } else if (type == RecordType::kTombstones) {
      RETURN_IF_ERROR(DecodeTombstones(record, tombstones_));
    } else if (type == RecordType::kMetadata) {
      metadata_.clear();
      RETURN_IF_ERROR(DecodeMetadata(record, metadata_));
      AddMetadata();
    } else {
      ++other_records_;
    }
    return {};
  }

  ReplayReport Finish() {
    for (size_t i = 0; i < workers_.size(); ++i) Flush(i);
    for (ReplayWorker& worker : workers_) {
      worker.Finish();
      report_.min_time_ms = std::min(report_.min_time_ms, worker.min_time_ms());
      report_.max_time_ms = std::max(report_.max_time_ms, worker.max_time_ms());
    }
    for (const RefTombstone& one : tombstones_) {
      MemSeries* series = index_.Find(one.ref);
      if (series != nullptr && one.interval.max_time_ms >= min_time_ms_)
        series->Delete(one.interval);
    }
    return report_;
  }

  uint64_t other_records() const { return other_records_; }

 private:
  static constexpr size_t kBatchSize = 8192;

  void DistributeSamples() {
    for (const RefSample& sample : samples_) {
      MemSeries* series = Resolve(sample.ref, sample.timestamp_ms);
      if (series == nullptr) continue;
      const int64_t start_ms = starts_.floats ? sample.start_ms : 0;
      BatchOf(*series).samples.push_back({series, {sample.timestamp_ms, start_ms}, sample.value});
    }
  }

  void DistributeHistograms() {
    for (RefHistogram& one : histograms_) {
      MemSeries* series = Resolve(one.ref, one.timestamp_ms);
      if (series == nullptr) continue;
      Batch& batch = BatchOf(*series);
      const int64_t start_ms = starts_.histograms ? one.start_ms : 0;
      batch.histograms.push_back(
          {series, {one.timestamp_ms, start_ms}, std::move(one.histogram), batch.samples.size()});
    }
  }

  void AddExemplars() {
    for (const RefExemplar& one : exemplars_) {
      if (*one.exemplar.timestamp_ms < min_time_ms_) continue;
      const MemSeries* series = index_.Find(one.ref);
      if (series == nullptr) continue;
      // What is late was late when it was logged.
      (void)target_.exemplars.Add(index_.LabelsOf(*series), one.exemplar);
    }
  }

  void AddMetadata() {
    for (const RefMetadata& one : metadata_) {
      if (const MemSeries* series = index_.Find(one.ref))
        target_.metadata.Set(series->ref, one.metadata);
    }
  }

  // Null for what is not to be appended.
  MemSeries* Resolve(storage::SeriesRef ref, int64_t timestamp_ms) {
    if (timestamp_ms < min_time_ms_) return nullptr;
    MemSeries* series = index_.Find(ref);
    ++(series == nullptr ? report_.unknown_ref_count : report_.sample_count);
    return series;
  }

  // That of the worker of the series, with room for a sample.
  Batch& BatchOf(const MemSeries& series) {
    const size_t worker = series.slot % workers_.size();
    if (batches_[worker].size() >= kBatchSize) Flush(worker);
    return batches_[worker];
  }

  void Flush(size_t worker) {
    workers_[worker].Add(std::move(batches_[worker]));
    batches_[worker] = Batch();
    batches_[worker].samples.reserve(kBatchSize);
  }

  const ReplayTarget target_;
  SeriesIndex& index_;
  const CommitClock::Guard guard_;
  const int64_t min_time_ms_;
  const KeptStarts starts_;
  std::deque<ReplayWorker> workers_;
  std::vector<Batch> batches_;
  std::vector<RefSeries> series_;
  std::vector<RefSample> samples_;
  std::vector<RefHistogram> histograms_;
  std::vector<RefExemplar> exemplars_;
  std::vector<RefTombstone> tombstones_;  // applied at the end
  std::vector<RefMetadata> metadata_;
  ReplayReport report_;
  uint64_t other_records_ = 0;
};

// Inserts the samples of the log of late ones.
class LateReplayer {
 public:
  LateReplayer(SeriesIndex& index, CommitClock& commits, KeptStarts starts)
      : index_(index), guard_(commits, false), starts_(starts) {}

  Status Record(std::string_view record) {
    const RecordType type = RecordTypeOf(record);
    if (IsSamplesRecord(type)) {
      samples_.clear();
      RETURN_IF_ERROR(DecodeSamples(record, samples_));
      for (const RefSample& one : samples_)
        Insert(one.ref, {one.timestamp_ms, starts_.floats ? one.start_ms : 0}, one.value, nullptr);
    } else if (IsHistogramsRecord(type)) {
      histograms_.clear();
      RETURN_IF_ERROR(DecodeHistograms(record, histograms_));
      for (RefHistogram& one : histograms_) {
        Insert(one.ref, {one.timestamp_ms, starts_.histograms ? one.start_ms : 0}, 0,
               std::make_shared<storage::Histogram>(std::move(one.histogram)));
      }
    } else if (type == RecordType::kChunkMarkers) {
      ++report_.marker_count;
    }
    return {};
  }

  const LateReplayReport& report() const { return report_; }

 private:
  void Insert(storage::SeriesRef ref, storage::SampleTime time, double value,
              storage::HistogramPtr histogram) {
    MemSeries* series = index_.Find(ref);
    if (series == nullptr) {
      ++report_.unknown_ref_count;
      return;
    }
    if (!series->InsertLate(time, value, std::move(histogram), 0, 0)) return;
    ++report_.sample_count;
    report_.min_time_ms = std::min(report_.min_time_ms, time.at_ms);
    report_.max_time_ms = std::max(report_.max_time_ms, time.at_ms);
  }

  SeriesIndex& index_;
  const CommitClock::Guard guard_;
  const KeptStarts starts_;
  std::vector<RefSample> samples_;
  std::vector<RefHistogram> histograms_;
  LateReplayReport report_;
};

// Where a segment is damaged, says what that costs and, to repair, cuts off the end of the last.
Status ReadSegment(Files& files, const SegmentFile& file, bool repair, const Logger& log,
                   const RecordVisitor& visit) {
  ASSIGN_OR_RETURN(const SegmentDamage damage, VisitRecords(files, file.path, visit));
  if (damage.finding.ok()) return {};
  log.Error(file.is_last ? "log was cut short by a crash; its last bytes are dropped"
                         : "log is damaged; the rest of this segment is passed over",
            {{"segment", file.path}, {"err", damage.finding}, {"lost_bytes", damage.lost_bytes}});
  return repair && file.is_last ? files.Truncate(file.path, damage.good_size) : Status();
}

}  // namespace

Result<ReplayReport> ReplayWal(Files& files, const std::string& directory,
                               const ReplayTarget& target, const ReplayOptions& options,
                               const Logger& log) {
  const size_t threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(const std::vector<SegmentFile> paths,
                   FilesToRead(files, directory, layout, UINT64_MAX));
  Replayer replayer(target, threads, options);
  for (const SegmentFile& file : paths) {
    RETURN_IF_ERROR(ReadSegment(files, file, options.repair, log,
                                [&](std::string_view record) { return replayer.Record(record); }));
  }
  ReplayReport report = replayer.Finish();
  if (replayer.other_records() > 0) {
    log.Warn("log has records that this version does not read",
             {{"records", replayer.other_records()}});
  }
  report.next_segment = layout.NextSegment();
  return report;
}

Result<LateReplayReport> ReplayLateLog(Files& files, const std::string& directory,
                                       SeriesIndex& index, CommitClock& commits,
                                       const ReplayOptions& options, const Logger& log) {
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(const std::vector<SegmentFile> paths,
                   FilesToRead(files, directory, layout, UINT64_MAX));
  LateReplayer replayer(index, commits, options.starts);
  for (const SegmentFile& file : paths) {
    RETURN_IF_ERROR(ReadSegment(files, file, options.repair, log,
                                [&](std::string_view record) { return replayer.Record(record); }));
  }
  LateReplayReport report = replayer.report();
  report.next_segment = layout.NextSegment();
  return report;
}

}  // namespace narthex::tsdb
