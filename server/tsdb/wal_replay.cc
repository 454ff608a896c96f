#include "server/tsdb/wal_replay.h"

#include <algorithm>
#include <deque>
#include <thread>

#include "server/tsdb/log_decoder.h"
#include "server/tsdb/replay_worker.h"
#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {
namespace {

// Makes series, and has workers append their samples.
class Replayer {
 public:
  Replayer(const ReplayTarget& target, const FoundHeadChunks& found, size_t threads,
           const ReplayOptions& options)
      : target_(target),
        index_(target.index),
        guard_(target.commits, false),
        found_(found),
        min_time_ms_(options.min_time_ms) {
    index_.ReserveRefs(found.last_ref());
    for (size_t i = 0; i < threads; ++i)
      workers_.emplace_back(index_, ReplayWorker::Share{i, threads}, min_time_ms_, options.starts);
  }

  void Take(const std::shared_ptr<const LogPack>& pack) {
    for (const LogPack::Piece& one : pack->series) AddSeries(pack->Record(one));
    if (!pack->samples.empty() || !pack->histograms.empty()) {
      for (ReplayWorker& worker : workers_) worker.Add(pack, index_.has_aliases());
    }
    for (const RefExemplar& one : pack->exemplars) AddExemplar(one);
    for (const RefMetadata& one : pack->metadata) {
      if (const MemSeries* series = index_.Find(one.ref))
        target_.metadata.Set(series->ref, one.metadata);
    }
    for (const RefTombstone& one : pack->tombstones) AddTombstone(one);
    unknown_records_ += pack->unknown_records;
  }

  ReplayReport Finish() {
    for (ReplayWorker& worker : workers_) counts_.Add(worker.Finish());
    for (const RefTombstone& one : tombstones_) {
      MemSeries* series = index_.Find(one.ref);
      if (series != nullptr && one.interval.max_time_ms >= min_time_ms_)
        series->Delete(one.interval);
    }
    if (has_ended_) index_.Collect([](const MemSeries& series) { return series.unlinked; });
    index_.ReserveRefs(counts_.last_unknown_ref);  // nobody else is to have it
    return {.sample_count = counts_.samples,
            .chunk_count = chunk_count_,
            .unknown_ref_count = counts_.unknown_refs,
            .min_time_ms = counts_.min_time_ms,
            .max_time_ms = counts_.max_time_ms};
  }

  uint64_t unknown_records() const { return unknown_records_; }

 private:
  void AddSeries(std::string_view record) {
    index_.Restore(record, [&](MemSeries& series, storage::SeriesRef ref) {
      found_.VisitOf(ref, [&](const HeadChunk& chunk) {
        if (chunk.max_time_ms < min_time_ms_) return;
        if (!series.Adopt(chunk.min_time_ms, chunk.max_time_ms, chunk.chunk)) return;
        ++chunk_count_;
        counts_.min_time_ms =
            std::min(counts_.min_time_ms, std::max(chunk.min_time_ms, min_time_ms_));
        counts_.max_time_ms = std::max(counts_.max_time_ms, chunk.max_time_ms);
      });
    });
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
      counts_.last_unknown_ref = std::max(counts_.last_unknown_ref, one.ref);
    }
  }

  const ReplayTarget target_;
  SeriesIndex& index_;
  const CommitClock::Guard guard_;
  const FoundHeadChunks& found_;
  const int64_t min_time_ms_;
  std::deque<ReplayWorker> workers_;
  std::vector<RefTombstone> tombstones_;  // applied at the end
  bool has_ended_ = false;                // some series
  ReplayCounts counts_;
  uint64_t chunk_count_ = 0;
  uint64_t unknown_records_ = 0;
};

// Inserts the samples of the log of late ones.
class LateReplayer {
 public:
  LateReplayer(SeriesIndex& index, CommitClock& commits, KeptStarts starts)
      : index_(index), guard_(commits, false), starts_(starts) {}

  void Take(LogPack& pack) {
    for (const LogPack::Piece& record : pack.samples) {
      // It was checked.
      (void)VisitSamples(pack.Record(record), [&](const RefSample& one) {
        Insert(one.ref, {one.timestamp_ms, starts_.floats ? one.start_ms : 0}, one.value, nullptr);
      });
    }
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
    const std::optional<uint64_t> ended = pack->ended_segment;
    take(std::move(pack));
    if (options.progress != nullptr && ended) options.progress->Read(*ended);
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
  RETURN_IF_ERROR(ReadLog(files, directory, layout, options, log,
                          [&](std::unique_ptr<LogPack> pack) { replayer.Take(std::move(pack)); }));
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
  RETURN_IF_ERROR(ReadLog(files, directory, layout, options, log,
                          [&](const std::unique_ptr<LogPack>& pack) { replayer.Take(*pack); }));
  LateReplayReport report = replayer.report();
  report.next_segment = layout.NextSegment();
  return report;
}

}  // namespace narthex::tsdb
