#include "server/tsdb/wal_replay.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "server/tsdb/record_filter.h"
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
struct ResolvedHistogram {
  MemSeries* series;
  int64_t timestamp_ms;
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
        Note(sample.timestamp_ms, sample.series->Append(sample.timestamp_ms, sample.value));
      }
    };
    for (const ResolvedHistogram& one : batch.histograms) {
      append_samples(one.samples_before);
      Note(one.timestamp_ms, one.series->Append(one.timestamp_ms, one.histogram));
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
  Replayer(const ReplayTarget& target, size_t threads, int64_t min_time_ms)
      : target_(target),
        index_(target.index),
        guard_(target.commits, false),
        min_time_ms_(min_time_ms),
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
    return report_;
  }

  uint64_t other_records() const { return other_records_; }

 private:
  static constexpr size_t kBatchSize = 8192;

  void DistributeSamples() {
    for (const RefSample& sample : samples_) {
      MemSeries* series = Resolve(sample.ref, sample.timestamp_ms);
      if (series == nullptr) continue;
      BatchOf(*series).samples.push_back({series, sample.timestamp_ms, sample.value});
    }
  }

  void DistributeHistograms() {
    for (RefHistogram& one : histograms_) {
      MemSeries* series = Resolve(one.ref, one.timestamp_ms);
      if (series == nullptr) continue;
      Batch& batch = BatchOf(*series);
      batch.histograms.push_back(
          {series, one.timestamp_ms, std::move(one.histogram), batch.samples.size()});
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
  std::deque<ReplayWorker> workers_;
  std::vector<Batch> batches_;
  std::vector<RefSeries> series_;
  std::vector<RefSample> samples_;
  std::vector<RefHistogram> histograms_;
  std::vector<RefExemplar> exemplars_;
  std::vector<RefMetadata> metadata_;
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

Result<ReplayReport> ReplayWal(Files& files, const std::string& directory,
                               const ReplayTarget& target, const ReplayOptions& options,
                               const Logger& log) {
  const size_t threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(const std::vector<SegmentFile> paths,
                   FilesToRead(files, directory, layout, UINT64_MAX));
  Replayer replayer(target, threads, options.min_time_ms);
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
                       const WalOptions& options, const SampleFilter& keep_sample,
                       const SeriesFilter& keep_series, const Logger& log) {
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(const std::vector<SegmentFile> paths,
                   FilesToRead(files, directory, layout, last));
  const std::string target = CheckpointPath(directory, last);
  const std::string temporary = target + ".tmp";
  RETURN_IF_ERROR(files.Remove(temporary));
  ASSIGN_OR_RETURN(auto writer, WalWriter::Open(files, temporary, 0, options));
  RecordFilter filter(keep_sample, keep_series);
  const RecordVisitor copy = [&](std::string_view record) -> Status {
    ASSIGN_OR_RETURN(const std::vector<std::string_view> kept, filter.Kept(record));
    return kept.empty() ? Status() : writer->Log(kept);
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
  if (const auto rest = filter.Rest(); !rest.empty()) RETURN_IF_ERROR(writer->Log(rest));
  RETURN_IF_ERROR(writer->Sync());
  writer.reset();
  RETURN_IF_ERROR(files.Rename(temporary, target));
  RETURN_IF_ERROR(files.SyncDirectory(directory));
  return RemoveSuperseded(files, directory, last);
}

}  // namespace narthex::tsdb
