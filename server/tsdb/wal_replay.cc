#include "server/tsdb/wal_replay.h"

#include <algorithm>
#include <deque>
#include <thread>

#include "server/tsdb/log_decoder.h"
#include "server/tsdb/replay_worker.h"
#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {
namespace {

// Turns packs into series and batches of samples.
class Replayer {
 public:
  Replayer(const ReplayTarget& target, const FoundHeadChunks& found, size_t threads,
           const ReplayOptions& options)
      : target_(target),
        index_(target.index),
        guard_(target.commits, false),
        found_(found),
        min_time_ms_(options.min_time_ms),
        starts_(options.starts),
        workers_(threads),
        batches_(threads) {
    index_.ReserveRefs(found.last_ref());
  }

  void Take(LogPack& pack) {
    for (const RefSeries& one : pack.series) AddSeries(one);
    size_t next = 0;
    for (size_t i = 0; i < pack.histograms.size(); ++i) {
      for (; next < pack.samples_before[i]; ++next) AddFloat(pack.samples[next]);
      AddHistogram(pack.histograms[i]);
    }
    for (; next < pack.samples.size(); ++next) AddFloat(pack.samples[next]);
    for (const RefExemplar& one : pack.exemplars) AddExemplar(one);
    for (const RefMetadata& one : pack.metadata) {
      if (const MemSeries* series = index_.Find(one.ref))
        target_.metadata.Set(series->ref, one.metadata);
    }
    for (const RefTombstone& one : pack.tombstones) AddTombstone(one);
    unknown_records_ += pack.unknown_records;
  }

  ReplayReport Finish() {
    for (size_t i = 0; i < workers_.size(); ++i) Flush(i);
    for (ReplayWorker& worker : workers_) {
      worker.Finish();
      Note(worker.min_time_ms(), worker.max_time_ms());
    }
    for (const RefTombstone& one : tombstones_) {
      MemSeries* series = index_.Find(one.ref);
      if (series != nullptr && one.interval.max_time_ms >= min_time_ms_)
        series->Delete(one.interval);
    }
    if (has_ended_) index_.Collect([](const MemSeries& series) { return series.unlinked; });
    index_.ReserveRefs(last_unknown_ref_);
    return report_;
  }

  uint64_t unknown_records() const { return unknown_records_; }

 private:
  static constexpr size_t kBatchSize = 8192;

  void AddSeries(const RefSeries& one) {
    const auto [series, is_new] = index_.Restore(one.ref, one.labels);
    if (!is_new) return;
    found_.VisitOf(one.ref, [&, known = series](const HeadChunk& chunk) {
      if (chunk.max_time_ms < min_time_ms_) return;
      if (!known->Adopt(FinishedChunk(chunk.min_time_ms, chunk.max_time_ms, chunk.chunk))) return;
      ++report_.chunk_count;
      Note(std::max(chunk.min_time_ms, min_time_ms_), chunk.max_time_ms);
    });
  }

  void AddFloat(const RefSample& sample) {
    MemSeries* series = Resolve(sample.ref, sample.timestamp_ms);
    if (series == nullptr) return;
    const int64_t start_ms = starts_.floats ? sample.start_ms : 0;
    BatchOf(*series).samples.push_back({series, {sample.timestamp_ms, start_ms}, sample.value});
  }

  void AddHistogram(RefHistogram& one) {
    MemSeries* series = Resolve(one.ref, one.timestamp_ms);
    if (series == nullptr) return;
    ReplayBatch& batch = BatchOf(*series);
    const int64_t start_ms = starts_.histograms ? one.start_ms : 0;
    batch.histograms.push_back(
        {series, {one.timestamp_ms, start_ms}, std::move(one.histogram), batch.samples.size()});
  }

  void AddExemplar(const RefExemplar& one) {
    if (*one.exemplar.timestamp_ms < min_time_ms_) return;
    const MemSeries* series = index_.Find(one.ref);
    if (series == nullptr) return;
    // What is late was late when it was logged.
    (void)target_.exemplars.Add(index_.LabelsOf(*series), one.exemplar);
  }

  void AddTombstone(const RefTombstone& one) {
    if (!one.ends_series()) {
      tombstones_.push_back(one);
    } else if (index_.End(one.ref)) {
      has_ended_ = true;
    } else {
      last_unknown_ref_ = std::max(last_unknown_ref_, one.ref);
    }
  }

  // Null for what is not to be appended.
  MemSeries* Resolve(storage::SeriesRef ref, int64_t timestamp_ms) {
    if (timestamp_ms < min_time_ms_) return nullptr;
    MemSeries* series = index_.Find(ref);
    if (series != nullptr) {
      ++report_.sample_count;
      return series;
    }
    ++report_.unknown_ref_count;
    last_unknown_ref_ = std::max(last_unknown_ref_, ref);  // nobody else is to have it
    return nullptr;
  }

  // That of the worker of the series, with room for a sample.
  ReplayBatch& BatchOf(const MemSeries& series) {
    const size_t worker = series.slot % workers_.size();
    if (batches_[worker].size() >= kBatchSize) Flush(worker);
    return batches_[worker];
  }

  void Flush(size_t worker) {
    workers_[worker].Add(std::move(batches_[worker]));
    batches_[worker] = ReplayBatch();
    batches_[worker].samples.reserve(kBatchSize);
  }

  void Note(int64_t min_time_ms, int64_t max_time_ms) {
    report_.min_time_ms = std::min(report_.min_time_ms, min_time_ms);
    report_.max_time_ms = std::max(report_.max_time_ms, max_time_ms);
  }

  const ReplayTarget target_;
  SeriesIndex& index_;
  const CommitClock::Guard guard_;
  const FoundHeadChunks& found_;
  const int64_t min_time_ms_;
  const KeptStarts starts_;
  std::deque<ReplayWorker> workers_;
  std::vector<ReplayBatch> batches_;
  std::vector<RefTombstone> tombstones_;  // applied at the end
  bool has_ended_ = false;                // some series
  storage::SeriesRef last_unknown_ref_ = storage::kNoRef;
  ReplayReport report_;
  uint64_t unknown_records_ = 0;
};

// Inserts the samples of the log of late ones.
class LateReplayer {
 public:
  LateReplayer(SeriesIndex& index, CommitClock& commits, KeptStarts starts)
      : index_(index), guard_(commits, false), starts_(starts) {}

  void Take(LogPack& pack) {
    for (const RefSample& one : pack.samples)
      Insert(one.ref, {one.timestamp_ms, starts_.floats ? one.start_ms : 0}, one.value, nullptr);
    for (RefHistogram& one : pack.histograms) {
      Insert(one.ref, {one.timestamp_ms, starts_.histograms ? one.start_ms : 0}, 0,
             std::make_shared<storage::Histogram>(std::move(one.histogram)));
    }
    report_.marker_count += pack.marker_records;
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
  LateReplayReport report_;
};

// Gives all packs of a log to `take`, and tells of the progress.
template <typename Take>
Status ReadLog(Files& files, const std::string& directory, const WalLayout& layout,
               const ReplayOptions& options, const Logger& log, const Take& take) {
  ASSIGN_OR_RETURN(std::vector<SegmentFile> segments,
                   FilesToRead(files, directory, layout, UINT64_MAX));
  if (segments.empty()) return {};
  if (options.progress != nullptr)
    options.progress->Begin(segments.front().number, segments.back().number);
  LogDecoder decoder(files, std::move(segments), {options.repair}, log);
  while (auto pack = decoder.Next()) {
    take(*pack);
    if (options.progress != nullptr && pack->ended_segment)
      options.progress->Read(*pack->ended_segment);
    decoder.GiveBack(std::move(pack));
  }
  return decoder.status();
}

}  // namespace

Result<ReplayReport> ReplayWal(Files& files, const std::string& directory,
                               const ReplayTarget& target, const FoundHeadChunks& found,
                               const ReplayOptions& options, const Logger& log) {
  const size_t threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  Replayer replayer(target, found, threads, options);
  RETURN_IF_ERROR(
      ReadLog(files, directory, layout, options, log, [&](LogPack& pack) { replayer.Take(pack); }));
  ReplayReport report = replayer.Finish();
  if (replayer.unknown_records() > 0) {
    log.Warn("log has records that this version does not read",
             {{"records", replayer.unknown_records()}});
  }
  report.next_segment = layout.NextSegment();
  return report;
}

Result<LateReplayReport> ReplayLateLog(Files& files, const std::string& directory,
                                       SeriesIndex& index, CommitClock& commits,
                                       const ReplayOptions& options, const Logger& log) {
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  LateReplayer replayer(index, commits, options.starts);
  RETURN_IF_ERROR(
      ReadLog(files, directory, layout, options, log, [&](LogPack& pack) { replayer.Take(pack); }));
  LateReplayReport report = replayer.report();
  report.next_segment = layout.NextSegment();
  return report;
}

}  // namespace narthex::tsdb
