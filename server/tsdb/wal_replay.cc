#include "server/tsdb/wal_replay.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "server/tsdb/wal_reader.h"

namespace narthex::tsdb {
namespace {

constexpr std::string_view kCheckpointPrefix = "checkpoint.";

std::string CheckpointPath(const std::string& directory, uint64_t index) {
  return directory + "/" + std::string(kCheckpointPrefix) + SegmentName(index);
}

std::optional<uint64_t> CheckpointIndex(std::string_view name) {
  if (name.substr(0, kCheckpointPrefix.size()) != kCheckpointPrefix) return std::nullopt;
  return SegmentIndex(name.substr(kCheckpointPrefix.size()));
}

struct SegmentFile {
  std::string path;
  bool is_last = false;  // of the log: only there a crash cuts
};

// The files of a log in the order of their writing, up to segment `last`.
Result<std::vector<SegmentFile>> FilesToRead(Files& files, const std::string& directory,
                                             const WalLayout& layout, uint64_t last) {
  std::vector<SegmentFile> paths;
  if (layout.checkpoint) {
    const std::string folder = CheckpointPath(directory, *layout.checkpoint);
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
    for (const std::string& name : names) {
      if (SegmentIndex(name)) paths.push_back({folder + "/" + name});
    }
  }
  for (uint64_t index : layout.segments) {
    if (index <= last)
      paths.push_back({directory + "/" + SegmentName(index), index == layout.segments.back()});
  }
  return paths;
}

using RecordVisitor = std::function<Status(std::string_view)>;

// Gives every good record of a segment; what stops it short is in `damage`, where the good part
// ends in `good_size`.
Status VisitSegment(std::string_view segment, const RecordVisitor& visit, Status& damage,
                    uint64_t& good_size) {
  WalReader reader(segment);
  for (;;) {
    const auto record = reader.Next();
    good_size = reader.good_size();
    if (!record.ok()) damage = record.status();
    if (!record.ok() || !*record) return {};
    RETURN_IF_ERROR(visit(**record));
  }
}

struct ResolvedSample {
  MemSeries* series;
  int64_t timestamp_ms;
  double value;
};
using Batch = std::vector<ResolvedSample>;

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
      for (const ResolvedSample& sample : batch) {
        if (sample.series->Append(sample.timestamp_ms, sample.value) != AppendOutcome::kAppended)
          continue;
        min_time_ms_ = std::min(min_time_ms_, sample.timestamp_ms);
        max_time_ms_ = std::max(max_time_ms_, sample.timestamp_ms);
      }
      lock.lock();
    }
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
  Replayer(SeriesIndex& index, CommitClock& commits, size_t threads, int64_t min_time_ms)
      : index_(index),
        guard_(commits, false),
        min_time_ms_(min_time_ms),
        workers_(threads),
        batches_(threads) {}

  Status Record(std::string_view record) {
    if (RecordTypeOf(record) == static_cast<uint8_t>(RecordType::kSeries)) {
      series_.clear();
      RETURN_IF_ERROR(DecodeSeries(record, series_));
      for (const RefSeries& one : series_) index_.Restore(one.ref, one.labels);
    } else if (RecordTypeOf(record) == static_cast<uint8_t>(RecordType::kSamples)) {
      samples_.clear();
      RETURN_IF_ERROR(DecodeSamples(record, samples_));
      Distribute();
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
    return report_;
  }

  uint64_t other_records() const { return other_records_; }

 private:
  static constexpr size_t kBatchSize = 8192;

  void Distribute() {
    for (const RefSample& sample : samples_) {
      if (sample.timestamp_ms < min_time_ms_) continue;
      MemSeries* series = index_.Find(sample.ref);
      if (series == nullptr) {
        ++report_.unknown_ref_count;
        continue;
      }
      ++report_.sample_count;
      const size_t worker = series->slot % workers_.size();
      batches_[worker].push_back({series, sample.timestamp_ms, sample.value});
      if (batches_[worker].size() == kBatchSize) Flush(worker);
    }
  }

  void Flush(size_t worker) {
    workers_[worker].Add(std::move(batches_[worker]));
    batches_[worker] = Batch();
    batches_[worker].reserve(kBatchSize);
  }

  SeriesIndex& index_;
  const CommitClock::Guard guard_;
  const int64_t min_time_ms_;
  std::deque<ReplayWorker> workers_;
  std::vector<Batch> batches_;
  std::vector<RefSeries> series_;
  std::vector<RefSample> samples_;
  ReplayReport report_;
  uint64_t other_records_ = 0;
};

// Removes what checkpoint.`last` stands for, and what earlier attempts left when they were cut
// short.
Status RemoveSuperseded(Files& files, const std::string& directory, uint64_t last) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  for (const std::string& name : names) {
    const auto segment = SegmentIndex(name);
    const auto checkpoint = CheckpointIndex(name);
    const bool leftover = name.starts_with(kCheckpointPrefix) && name.ends_with(".tmp");
    const bool superseded = (segment && *segment <= last) || (checkpoint && *checkpoint < last);
    if (leftover || superseded) RETURN_IF_ERROR(files.Remove(directory + "/" + name));
  }
  return {};
}

}  // namespace

Result<WalLayout> ListWal(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  WalLayout layout;
  for (const std::string& name : names) {
    if (const auto index = CheckpointIndex(name))
      layout.checkpoint = std::max(layout.checkpoint.value_or(0), *index);
    if (const auto index = SegmentIndex(name)) layout.segments.push_back(*index);
  }
  std::erase_if(layout.segments,
                [&](uint64_t index) { return layout.checkpoint && index <= *layout.checkpoint; });
  std::sort(layout.segments.begin(), layout.segments.end());
  return layout;
}

Result<ReplayReport> ReplayWal(Files& files, const std::string& directory, SeriesIndex& index,
                               CommitClock& commits, const ReplayOptions& options,
                               const Logger& log) {
  const size_t threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(const std::vector<SegmentFile> paths,
                   FilesToRead(files, directory, layout, UINT64_MAX));
  Replayer replayer(index, commits, threads, options.min_time_ms);
  for (const SegmentFile& file : paths) {
    ASSIGN_OR_RETURN(const auto mapped, files.Map(file.path));
    Status damage;
    uint64_t good_size = 0;
    Status status = VisitSegment(
        mapped->bytes(), [&](std::string_view record) { return replayer.Record(record); }, damage,
        good_size);
    if (!status.ok()) damage = std::move(status);
    if (damage.ok()) continue;
    const uint64_t lost = mapped->bytes().size() - good_size;
    log.Error(file.is_last ? "log was cut short by a crash; its last bytes are dropped"
                           : "log is damaged; the rest of this segment is passed over",
              {{"segment", file.path}, {"err", damage}, {"lost_bytes", lost}});
    if (file.is_last) RETURN_IF_ERROR(files.Truncate(file.path, good_size));
  }
  ReplayReport report = replayer.Finish();
  if (replayer.other_records() > 0) {
    log.Warn("log has records that this version does not read",
             {{"records", replayer.other_records()}});
  }
  report.next_segment = layout.segments.empty()
                            ? layout.checkpoint.value_or(0) + (layout.checkpoint ? 1 : 0)
                            : layout.segments.back() + 1;
  return report;
}

Status WriteCheckpoint(Files& files, const std::string& directory, uint64_t last,
                       const WalOptions& options,
                       const std::function<bool(const RefSample&)>& keep_sample,
                       const std::function<bool(storage::SeriesRef)>& keep_series,
                       const Logger& log) {
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(const std::vector<SegmentFile> paths,
                   FilesToRead(files, directory, layout, last));
  const std::string target = CheckpointPath(directory, last);
  const std::string temporary = target + ".tmp";
  RETURN_IF_ERROR(files.Remove(temporary));
  ASSIGN_OR_RETURN(auto writer, WalWriter::Open(files, temporary, 0, options));
  std::vector<RefSeries> series;
  std::vector<RefSample> samples;
  std::string kept;
  const RecordVisitor copy = [&](std::string_view record) -> Status {
    kept.clear();
    if (RecordTypeOf(record) == static_cast<uint8_t>(RecordType::kSeries)) {
      series.clear();
      RETURN_IF_ERROR(DecodeSeries(record, series));
      std::erase_if(series, [&](const RefSeries& one) { return !keep_series(one.ref); });
      if (series.empty()) return {};
      EncodeSeries(series, kept);
    } else if (RecordTypeOf(record) == static_cast<uint8_t>(RecordType::kSamples)) {
      samples.clear();
      RETURN_IF_ERROR(DecodeSamples(record, samples));
      std::erase_if(samples, [&](const RefSample& one) {
        return !keep_sample(one) || !keep_series(one.ref);
      });
      if (samples.empty()) return {};
      EncodeSamples(samples, kept);
    } else {
      kept = record;
    }
    return writer->Log({kept});
  };
  for (const SegmentFile& file : paths) {
    ASSIGN_OR_RETURN(const auto mapped, files.Map(file.path));
    Status damage;
    uint64_t good_size = 0;
    RETURN_IF_ERROR(VisitSegment(mapped->bytes(), copy, damage, good_size));
    if (!damage.ok()) {
      log.Error("log is damaged; the checkpoint goes without the rest of this segment",
                {{"segment", file.path}, {"err", damage}});
    }
  }
  RETURN_IF_ERROR(writer->Sync());
  writer.reset();
  RETURN_IF_ERROR(files.Rename(temporary, target));
  RETURN_IF_ERROR(files.SyncDirectory(directory));
  return RemoveSuperseded(files, directory, last);
}

}  // namespace narthex::tsdb
