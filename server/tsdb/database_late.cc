// The part of the database that is about samples out of order: their log, and blocks of them.
#include <algorithm>

#include "server/tsdb/database.h"
#include "server/tsdb/head_block.h"
#include "server/tsdb/wal_files.h"
#include "server/tsdb/wal_replay.h"

namespace narthex::tsdb {

// The log of late samples is read even where they are not taken any more, as the reference does.
Status Database::StartLate() {
  late_window_ms_ = options_.out_of_order_window.ms;
  exemplars_.SetOutOfOrderWindow(late_window_ms_);
  ASSIGN_OR_RETURN(const LateReplayReport report, ReplayLate(true));
  next_late_segment_ = report.next_segment;
  if (report.marker_count > 0) return RewriteLateLog();
  return late_window_ms_ > 0 ? OpenLateLog() : Status();
}

Result<LateReplayReport> Database::ReplayLate(bool repair) {
  if (!files_.List(LateLogDirectory()).ok()) return LateReplayReport();
  ASSIGN_OR_RETURN(LateReplayReport report, ReplayLateLog(files_, LateLogDirectory(), index_,
                                                          commits_, HowToReplay(repair), log_));
  if (report.sample_count > 0) {
    NoteLateTime(report.min_time_ms);
    NoteLateTime(report.max_time_ms);
    log_.Info("log of late samples replayed",
              {{"samples", report.sample_count}, {"unknown_refs", report.unknown_ref_count}});
  }
  return report;
}

// Markers tell the reference that the samples before them are in files of chunks. These files go by
// the samples in order that they have: markers of them would point nowhere then.
Status Database::RewriteLateLog() {
  RETURN_IF_ERROR(OpenLateLog());
  RecordList records;
  Status status;
  index_.ForEach([&](MemSeries& series) {
    if (!series.late || !status.ok()) return;
    storage::SampleColumns samples;
    status = series.late->Read(INT64_MIN, INT64_MAX, UINT64_MAX, samples);
    std::vector<RefSample> floats;
    std::vector<RefHistogram> histograms;
    for (size_t i = 0; i < samples.size(); ++i) {
      const int64_t at_ms = samples.timestamps_ms[i];
      const int64_t start_ms = samples.starts_ms.empty() ? 0 : samples.starts_ms[i];
      if (samples.has_histograms() && samples.histograms[i]) {
        histograms.push_back({series.ref, at_ms, *samples.histograms[i], start_ms});
      } else {
        floats.push_back({series.ref, at_ms, samples.values[i], start_ms});
      }
    }
    records.Clear();
    if (!floats.empty()) EncodeSamples(floats, records.Add());
    EncodeHistograms(histograms, records);
    if (status.ok() && !records.empty()) status = late_log()->Log(records.views());
  });
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(late_log()->Sync());
  return RemoveSegmentsBefore(files_, LateLogDirectory(), next_late_segment_);
}

Status Database::OpenLateLog() {
  const std::lock_guard lock(late_log_mutex_);
  if (late_log_) return {};
  RETURN_IF_ERROR(files_.MakeDirectories(LateLogDirectory()));
  ASSIGN_OR_RETURN(late_log_,
                   WalWriter::Open(files_, LateLogDirectory(), next_late_segment_, options_.wal));
  return {};
}

Status Database::SetOutOfOrderWindow(Duration window) {
  if (window.ms > 0) RETURN_IF_ERROR(OpenLateLog());
  late_window_ms_ = std::max<int64_t>(window.ms, 0);
  exemplars_.SetOutOfOrderWindow(late_window_ms_);
  return {};
}

WalWriter* Database::late_log() const {
  const std::lock_guard lock(late_log_mutex_);
  return late_log_.get();
}

void Database::NoteLateTime(int64_t timestamp_ms) {
  for (int64_t seen = max_late_ms_;
       timestamp_ms > seen && !max_late_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
  for (int64_t seen = min_late_ms_;
       timestamp_ms < seen && !min_late_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
}

// Makes blocks of all late samples, one for each block range that has some, and ends their log.
Status Database::CompactLate() {
  if (late_drop_due_) return DropLate();
  if (max_late_ms_ < min_late_ms_) return {};
  RETURN_IF_ERROR(OpenLateLog());
  // What is logged in earlier segments is in memory when the writers of now are gone.
  ASSIGN_OR_RETURN(late_segment_, late_log()->NextSegment());
  RETURN_IF_ERROR(WaitFor(true));
  Status sealed;
  index_.ForEach([&](MemSeries& series) {
    const std::lock_guard lock(index_.stripe(series));
    if (!series.late) return;
    const auto count = series.late->Seal();
    if (count.ok()) series.late_sealed = static_cast<uint32_t>(*count);
    if (!count.ok()) sealed = count.status();
  });
  RETURN_IF_ERROR(sealed);
  const int64_t range_ms = options_.block_range.ms;
  int64_t begin_ms = min_late_ms_ - min_late_ms_ % range_ms;
  if (begin_ms > min_late_ms_) begin_ms -= range_ms;
  for (; begin_ms <= max_late_ms_; begin_ms += range_ms) {
    CompactionNote note(metrics_, clock_);
    const CommitClock::Guard guard(commits_, true);
    ASSIGN_OR_RETURN(const BlockMeta block,
                     WriteLateBlock(files_, index_, begin_ms, begin_ms + range_ms, FirstBlocks()));
    if (block.stats.series == 0) continue;
    RETURN_IF_ERROR(blocks_.Replace(block.ulid, {}));
    log_.Info("block of late samples written", {{"block", block.ulid},
                                                {"series", block.stats.series},
                                                {"samples", block.stats.samples},
                                                {"seconds", note.Done()}});
  }
  late_drop_due_ = true;
  return DropLate();
}

// Readers that began before there were the blocks look into memory.
Status Database::DropLate() {
  if (!WaitFor(false).ok()) {
    log_.Info("a long query keeps late samples in memory");
    return {};
  }
  min_late_ms_ = storage::kMaxTime;
  max_late_ms_ = storage::kMinTime;
  index_.ForEach([&](MemSeries& series) {
    const std::lock_guard lock(index_.stripe(series));
    if (!series.late) return;
    series.late->DropChunks(series.late_sealed);
    series.late_sealed = 0;
    if (series.late->empty()) {
      series.late.reset();
    } else if (const auto range = series.late->Range()) {
      NoteLateTime(range->min_time_ms);
      NoteLateTime(range->max_time_ms);
    }
  });
  late_drop_due_ = false;
  return RemoveSegmentsBefore(files_, LateLogDirectory(), late_segment_);
}

}  // namespace narthex::tsdb
