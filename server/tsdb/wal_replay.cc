#include "server/tsdb/wal_replay.h"

#include <algorithm>
#include <thread>

#include "server/tsdb/log_decoder.h"

namespace narthex::tsdb {
namespace {

size_t ThreadsOf(const ReplayOptions& options) {
  return options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

WalReplay::WalReplay(Files& files, std::string directory, const ReplayTarget& target,
                     const ReplayOptions& options, const Logger& log)
    : files_(files),
      directory_(std::move(directory)),
      target_(target),
      index_(target.index),
      options_(options),
      log_(log),
      guard_(target.commits, false) {}

Status WalReplay::ReadSeries(const FoundHeadChunks& found) {
  index_.ReserveRefs(found.last_ref());
  ASSIGN_OR_RETURN(layout_, ListWal(files_, directory_));
  ASSIGN_OR_RETURN(segments_, FilesToRead(files_, directory_, layout_, UINT64_MAX));
  read_to_ = {layout_.NextSegment(), 0};
  if (options_.progress != nullptr && !segments_.empty())
    options_.progress->Begin(segments_.front().number, segments_.back().number);
  {
    LogDecoder decoder(files_, segments_,
                       {.part = LogPart::kSeries,
                        .repair = options_.repair,
                        .damage = options_.damage,
                        .newest = &newest_},
                       log_);
    while (const auto pack = decoder.Next()) {
      for (const LogPack::Piece& one : pack->series) AddSeries(pack->Record(one), found);
      TakeRest(*pack);
    }
    RETURN_IF_ERROR(decoder.status());
  }
  for (const RefTombstone& one : tombstones_) {
    MemSeries* series = index_.Find(one.ref);
    if (series != nullptr && one.interval.max_time_ms >= options_.min_time_ms)
      series->Delete(one.interval);
  }
  tombstones_.clear();
  index_.ReserveRefs(newest_.last_ref());  // nobody else is to have what samples name
  FoldNewestTimes();
  if (unknown_records_ > 0) {
    log_.Warn("log has records that this version does not read", {{"records", unknown_records_}});
  }
  return {};
}

void WalReplay::AddSeries(std::string_view record, const FoundHeadChunks& found) {
  index_.Restore(record, [&](MemSeries& series, storage::SeriesRef ref) {
    found.VisitOf(ref, [&](const HeadChunk& chunk) {
      if (chunk.max_time_ms < options_.min_time_ms) return;
      if (!series.Adopt(chunk.min_time_ms, chunk.max_time_ms, chunk.chunk)) return;
      ++chunk_count_;
      counts_.min_time_ms =
          std::min(counts_.min_time_ms, std::max(chunk.min_time_ms, options_.min_time_ms));
      counts_.max_time_ms = std::max(counts_.max_time_ms, chunk.max_time_ms);
    });
  });
}

void WalReplay::TakeRest(const LogPack& pack) {
  for (const RefExemplar& one : pack.exemplars) AddExemplar(one);
  for (const RefMetadata& one : pack.metadata) {
    if (const MemSeries* series = index_.Find(one.ref))
      target_.metadata.Set(series->ref, one.metadata);
  }
  for (const RefTombstone& one : pack.tombstones) AddTombstone(one);
  unknown_records_ += pack.unknown_records;
}

void WalReplay::AddExemplar(const RefExemplar& one) {
  if (*one.exemplar.timestamp_ms < options_.min_time_ms) return;
  const MemSeries* series = index_.Find(one.ref);
  if (series == nullptr) return;
  // What is late was late when it was logged.
  (void)target_.exemplars.Add(index_.LabelsOf(*series), one.exemplar);
}

void WalReplay::AddTombstone(const RefTombstone& one) {
  if (!one.ends_series()) {
    tombstones_.push_back(one);
  } else if (index_.End(one.ref)) {
    has_ended_ = true;
  } else {
    index_.ReserveRefs(one.ref);
  }
}

// So far these are by the refs of the log, and of the log alone.
void WalReplay::FoldNewestTimes() {
  newest_.ForEach([&](storage::SeriesRef ref, int64_t timestamp_ms) {
    if (timestamp_ms >= options_.min_time_ms && index_.Find(ref) != nullptr)
      counts_.max_time_ms = std::max(counts_.max_time_ms, timestamp_ms);
  });
  index_.ForEachAlias([&](storage::SeriesRef alias, const MemSeries& series) {
    newest_.Raise(series.ref, newest_.Of(alias));
  });
  if (chunk_count_ == 0) return;
  index_.ForEach([&](const MemSeries& series) { newest_.Raise(series.ref, series.LastTime()); });
}

RefTimes WalReplay::TakeNewestTimes() { return std::move(newest_); }

Status WalReplay::ReadSamples() {
  const size_t threads = ThreadsOf(options_);
  for (size_t i = 0; i < threads; ++i) {
    workers_.emplace_back(index_, ReplayWorker::Share{i, threads}, options_.min_time_ms,
                          options_.starts);
  }
  return AppendSamples(std::move(segments_), true);
}

Status WalReplay::ReadOn(LogPosition end) {
  std::vector<SegmentFile> segments;
  for (; read_to_.segment <= end.segment; read_to_ = {read_to_.segment + 1, 0}) {
    const bool last = read_to_.segment == end.segment;
    segments.push_back({.path = directory_ + "/" + SegmentName(read_to_.segment),
                        .number = read_to_.segment,
                        .range = {read_to_.offset, last ? end.offset : UINT64_MAX}});
  }
  read_to_ = end;
  return AppendSamples(std::move(segments), false);
}

Status WalReplay::AppendSamples(std::vector<SegmentFile> segments, bool known_damage) {
  LogDecoder decoder(files_, std::move(segments),
                     {.part = LogPart::kSamples,
                      .repair = false,
                      .report = !known_damage,
                      .damage = options_.damage},
                     log_);
  while (std::shared_ptr<const LogPack> pack = decoder.Next()) {
    if (!pack->samples.empty() || !pack->histograms.empty()) {
      for (ReplayWorker& worker : workers_) worker.Add(pack);
    }
    if (options_.progress != nullptr && known_damage && pack->ended_segment)
      options_.progress->Read(*pack->ended_segment);
  }
  return decoder.status();
}

ReplayReport WalReplay::Finish() {
  for (ReplayWorker& worker : workers_) counts_.Add(worker.Finish());
  workers_.clear();
  if (has_ended_) index_.Collect([](const MemSeries& series) { return series.unlinked; });
  return {.sample_count = counts_.samples,
          .chunk_count = chunk_count_,
          .unknown_ref_count = counts_.unknown_refs,
          .min_time_ms = counts_.min_time_ms,
          .max_time_ms = counts_.max_time_ms};
}

namespace {

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

}  // namespace

Result<LateReplayReport> ReplayLateLog(Files& files, const std::string& directory,
                                       SeriesIndex& index, CommitClock& commits,
                                       const ReplayOptions& options, const Logger& log) {
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files, directory));
  ASSIGN_OR_RETURN(std::vector<SegmentFile> segments,
                   FilesToRead(files, directory, layout, UINT64_MAX));
  LateReplayer replayer(index, commits, options.starts);
  LogDecoder decoder(
      files, std::move(segments),
      {.part = LogPart::kSamples, .repair = options.repair, .damage = options.damage}, log);
  while (const auto pack = decoder.Next()) replayer.Take(*pack);
  RETURN_IF_ERROR(decoder.status());
  LateReplayReport report = replayer.report();
  report.next_segment = layout.NextSegment();
  return report;
}

}  // namespace narthex::tsdb
