#include "server/tsdb/database.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>

#include "server/tsdb/block_merge.h"
#include "server/tsdb/checkpoint.h"
#include "server/tsdb/head_block.h"
#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kMaxCompactEveryMs = 60'000;
constexpr int64_t kLongestBlockMs = 31LL * 24 * 3600 * 1000;
constexpr auto kWaitLimit = std::chrono::seconds(1);
constexpr auto kWaitStep = std::chrono::milliseconds(2);

}  // namespace

Database::Database(DatabaseOptions options, Files& files, const Clock& clock, Logger log,
                   Registry& registry)
    : options_(std::move(options)),
      float_encoding_(options_.float_encoding),
      retention_(options_.retention),
      files_(files),
      clock_(clock),
      registry_(registry),
      log_(std::move(log)),
      index_(commits_, chunk_memory_, options_.block_range.ms),
      blocks_(files, options_.directory, log_),
      head_chunks_(files, options_.directory + "/chunks_head"),
      stale_threshold_(options_.stale_threshold),
      appended_(
          registry.AddCounter("prometheus_tsdb_head_samples_appended_total", "Samples appended.")),
      late_appended_(registry.AddCounter("prometheus_tsdb_head_out_of_order_samples_appended_total",
                                         "Samples appended although they are older than others.")),
      too_old_(registry.AddCounter("prometheus_tsdb_too_old_samples_total",
                                   "Samples refused because they are out of order by more than "
                                   "the window.")),
      chunks_mapped_(registry.AddCounter("prometheus_tsdb_mmap_chunks_total",
                                         "Chunks moved from memory into mapped files.")),
      rejected_(registry.AddCounterFamily("narthex_tsdb_samples_rejected_total",
                                          "Samples refused, by reason.", {"reason"})),
      out_of_order_(rejected_.With({"out_of_order"})),
      out_of_bounds_(rejected_.With({"out_of_bounds"})),
      duplicates_(rejected_.With({"duplicate"})),
      series_created_(
          registry.AddCounter("prometheus_tsdb_head_series_created_total", "Series made.")),
      series_removed_(
          registry.AddCounter("prometheus_tsdb_head_series_removed_total", "Series removed.")),
      truncations_(registry.AddCounter("prometheus_tsdb_head_truncations_total",
                                       "Times that old data was dropped.")),
      compactions_(registry.AddCounter("prometheus_tsdb_compactions_total", "Blocks made.")),
      compactions_failed_(registry.AddCounter("prometheus_tsdb_compactions_failed_total",
                                              "Attempts to make a block that failed.")),
      retention_deletions_(registry.AddCounter("narthex_tsdb_blocks_removed_total",
                                               "Blocks removed because of the retention.")),
      stale_compactions_(
          registry.AddCounter("prometheus_tsdb_stale_series_compactions_triggered_total",
                              "Times that series which have ended left memory before their time.")),
      stale_compactions_failed_(
          registry.AddCounter("prometheus_tsdb_stale_series_compactions_failed_total",
                              "Attempts at that which failed.")) {}

Database::~Database() {
  {
    const std::lock_guard lock(background_mutex_);
    stopping_ = true;
  }
  background_wake_.notify_all();
  if (background_.joinable()) background_.join();
}

void Database::RunBackground() {
  const int64_t compact_every_ns =
      std::clamp<int64_t>(options_.block_range.ms / 8, 100, kMaxCompactEveryMs) * 1'000'000;
  int64_t next_compact_ns = clock_.MonotonicNs() + compact_every_ns;
  const auto wait =
      std::chrono::milliseconds(std::max<int64_t>(options_.wal_sync_interval.ms, 100));
  std::unique_lock lock(background_mutex_);
  while (!background_wake_.wait_for(lock, wait, [this] { return stopping_; })) {
    lock.unlock();
    if (options_.wal_sync_interval.ms > 0) {
      if (const Status status = wal_->Sync(); !status.ok())
        log_.Error("log not synced", {{"err", status}});
      WalWriter* const late = late_log();
      if (const Status status = late ? late->Sync() : Status(); !status.ok())
        log_.Error("log of late samples not synced", {{"err", status}});
    }
    const bool replayed = newest_times() == nullptr;
    if (const Status status = replayed ? MapIfMany() : Status(); !status.ok())
      log_.Error("chunks stay in memory", {{"err", status}});
    if (replayed && clock_.MonotonicNs() >= next_compact_ns) {
      next_compact_ns = clock_.MonotonicNs() + compact_every_ns;
      if (const Status status = Compact(); !status.ok()) {
        compactions_failed_.Add();
        log_.Error("compaction failed; it is tried again", {{"err", status}});
      }
    }
    lock.lock();
  }
}

// As the reference: a range is left alone until memory holds half a range more, so that what comes
// in late finds it open.
bool Database::IsCompactable(int64_t& end_ms) const {
  const int64_t min_time_ms = min_time_ms_;
  const int64_t range_ms = options_.block_range.ms;
  if (max_time_ms_ < min_time_ms || max_time_ms_ - min_time_ms <= range_ms / 2 * 3) return false;
  int64_t start_ms = min_time_ms - min_time_ms % range_ms;
  if (start_ms > min_time_ms) start_ms -= range_ms;
  end_ms = start_ms + range_ms;
  return true;
}

Status Database::Compact() {
  const std::lock_guard lock(compact_mutex_);
  Status status = CompactAll();
  // What was in use for a moment lies between what stays, from where the allocator gives nothing
  // back by itself.
  malloc_trim(0);
  return status;
}

Status Database::CompactAll() {
  int64_t end_ms = 0;
  if (const Status status = MapFinishedChunks(); !status.ok())
    log_.Error("chunks stay in memory", {{"err", status}});
  RETURN_IF_ERROR(blocks_.LoadNew());
  if (drop_due_) RETURN_IF_ERROR(DropOld());
  bool compacted = false;
  for (; !drop_due_ && IsCompactable(end_ms); compacted = true)
    RETURN_IF_ERROR(CompactHead(end_ms));
  if (compacted || late_drop_due_) RETURN_IF_ERROR(CompactLate());
  RETURN_IF_ERROR(CompactEnded());
  RETURN_IF_ERROR(ApplyRetention());
  return MergeOldBlocks();
}

Status Database::MergeOldBlocks() {
  int64_t max_range_ms = options_.max_block_range.ms;
  if (max_range_ms == 0) {
    max_range_ms = kLongestBlockMs;
    if (options_.retention.time.ms > 0)
      max_range_ms = std::min(max_range_ms, options_.retention.time.ms / 10);
  }
  const auto ranges_ms = BlockRanges(options_.block_range.ms, max_range_ms);
  for (;;) {
    const std::vector<BlockPtr> planned = PlanMerge(
        BlocksToMerge(blocks_.view()->blocks, files_, options_.uploads_file, log_), ranges_ms);
    if (planned.empty()) return {};
    const int64_t begin_ns = clock_.MonotonicNs();
    const auto attempt = MergeBlocks(files_, planned, Blocks());
    // Other failures, as of a full disk, are not the blocks'.
    if (attempt.code() == Code::kCorruption) RETURN_IF_ERROR(blocks_.MarkFailed(planned));
    ASSIGN_OR_RETURN(const BlockMeta merged, attempt);
    std::vector<std::string> replaced;
    replaced.reserve(planned.size());
    for (const BlockPtr& block : planned) replaced.push_back(block->meta().ulid);
    RETURN_IF_ERROR(blocks_.Replace(merged.stats.series > 0 ? merged.ulid : "", replaced));
    compactions_.Add();
    log_.Info("blocks merged",
              {{"block", merged.ulid},
               {"of", replaced.size()},
               {"series", merged.stats.series},
               {"samples", merged.stats.samples},
               {"seconds", static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9}});
  }
}

Status Database::CompactHead(int64_t end_ms) {
  const int64_t begin_ns = clock_.MonotonicNs();
  min_valid_time_ms_ = end_ms;
  RETURN_IF_ERROR(WaitFor(true));
  BlockMeta block;
  {
    const CommitClock::Guard guard(commits_, true);
    ASSIGN_OR_RETURN(block, WriteHeadBlock(files_, index_, min_time_ms_, end_ms, Blocks()));
  }
  if (block.stats.series > 0) {
    RETURN_IF_ERROR(blocks_.Add(block.ulid, end_ms));
    compactions_.Add();
    log_.Info("block written",
              {{"block", block.ulid},
               {"series", block.stats.series},
               {"samples", block.stats.samples},
               {"seconds", static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9}});
  } else {
    blocks_.SetHeadMinTime(end_ms);
  }
  drop_due_ = true;
  return DropOld();
}

// Until everybody is gone who may still look at what is to be changed.
Status Database::WaitFor(bool writers_only) const {
  const uint64_t mark = commits_.Mark();
  const auto deadline = std::chrono::steady_clock::now() + kWaitLimit;
  while (!commits_.HavePassed(mark, writers_only)) {
    if (std::chrono::steady_clock::now() >= deadline)
      return Unavailable("database is in use by ", writers_only ? "an appender" : "a querier");
    std::this_thread::sleep_for(kWaitStep);
  }
  return {};
}

Status Database::DropOld() {
  if (!WaitFor(false).ok()) {
    log_.Info("a long query keeps old data in memory");
    return {};
  }
  const int64_t min_time_ms = min_valid_time_ms_;
  size_t samples = 0;
  int64_t oldest_ms = storage::kMaxTime;
  index_.ForEach([&](MemSeries& one) {
    const std::lock_guard series_lock(index_.stripe(one));
    samples += one.Truncate(min_time_ms);
    oldest_ms = std::min(oldest_ms, one.MinTime());
  });
  const size_t series = index_.Collect(
      [](const MemSeries& one) { return one.chunk_count() == 0 && one.pending == 0; });
  metadata_.Collect([this](storage::SeriesRef ref) {
    const CommitClock::Guard guard(commits_, false);
    return index_.Find(ref) == nullptr;
  });
  min_time_ms_ = std::max(min_time_ms, oldest_ms);
  drop_due_ = false;
  RETURN_IF_ERROR(head_chunks_.RemoveBefore(min_time_ms));
  series_removed_.Add(static_cast<double>(series));
  truncations_.Add();
  log_.Info("dropped from memory what is in blocks", {{"samples", samples}, {"series", series}});
  return Checkpoint(min_time_ms);
}

// Replaces the lower two thirds of the log by what is still alive in them.
Status Database::Checkpoint(int64_t min_time_ms) {
  ASSIGN_OR_RETURN(const uint64_t present, wal_->NextSegment());
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files_, WalDirectory()));
  if (layout.segments.empty()) return {};
  const uint64_t first = layout.segments.front();
  const uint64_t last = first + (present - 1 - first) * 2 / 3;
  if (last <= first) return {};
  return WriteCheckpoint(
      files_, WalDirectory(), last, options_.wal,
      [&](storage::SeriesRef, int64_t timestamp_ms) { return timestamp_ms >= min_time_ms; },
      [&](storage::SeriesRef ref) {
        const CommitClock::Guard guard(commits_, false);
        return index_.Find(ref) != nullptr;
      },
      log_);
}

void Database::NoteTime(int64_t timestamp_ms) {
  for (int64_t seen = max_time_ms_;
       timestamp_ms > seen && !max_time_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
  for (int64_t seen = min_time_ms_;
       timestamp_ms < seen && !min_time_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
}

DatabaseStats Database::Stats() const {
  DatabaseStats stats;
  stats.series = index_.series_count();
  index_.ForEach([&](MemSeries& series) {
    const std::lock_guard lock(index_.stripe(series));
    stats.chunks += series.chunk_count();
    stats.ended_series += series.HasEnded() ? 1 : 0;
  });
  if (max_time_ms_ >= min_time_ms_) {
    stats.min_time_ms = min_time_ms_;
    stats.max_time_ms = max_time_ms_;
  }
  return stats;
}

namespace {

void AddRetentionMetrics(const RetentionLimits& limits, openmetrics::ExpositionWriter& out) {
  using openmetrics::Type;
  out.Add("prometheus_tsdb_retention_limit_seconds", Type::kGauge,
          "Age at which blocks are removed; 0 for none.")
      .Sample({}, limits.time.seconds());
  out.Add("prometheus_tsdb_retention_limit_bytes", Type::kGauge,
          "Size of all beyond which the oldest blocks are removed; 0 for none.")
      .Sample({}, static_cast<double>(limits.size.bytes));
  out.Add("prometheus_tsdb_retention_limit_percentage", Type::kGauge,
          "The same in hundredths of the file system; 0 for none.")
      .Sample({}, limits.disk_percentage);
}

void AddExemplarMetrics(const ExemplarStats& stats, openmetrics::ExpositionWriter& out) {
  using openmetrics::Type;
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    out.Add("prometheus_tsdb_exemplar_" + std::string(name), Type::kGauge, help).Sample({}, value);
  };
  gauge("max_exemplars", "Exemplars that are kept at most.", static_cast<double>(stats.capacity));
  gauge("exemplars_in_storage", "Exemplars that are kept.", static_cast<double>(stats.stored));
  gauge("series_with_exemplars_in_storage", "Series that have exemplars.",
        static_cast<double>(stats.series));
  gauge("last_exemplars_timestamp_seconds", "Time of the oldest exemplar that is kept.",
        static_cast<double>(stats.oldest_ms) / 1000);
  out.Add("prometheus_tsdb_exemplar_exemplars_appended_total", Type::kCounter,
          "Exemplars appended.")
      .Sample({}, static_cast<double>(stats.appended));
  out.Add("prometheus_tsdb_exemplar_out_of_order_exemplars_total", Type::kCounter,
          "Exemplars refused because the newest of their series is newer.")
      .Sample({}, static_cast<double>(stats.out_of_order));
}

}  // namespace

void Database::AddMetrics() {
  registry_.AddComputed([this](openmetrics::ExpositionWriter& out) {
    using openmetrics::Type;
    const DatabaseStats stats = Stats();
    out.Add("prometheus_tsdb_head_series", Type::kGauge, "Series in memory.")
        .Sample({}, static_cast<double>(stats.series));
    out.Add("prometheus_tsdb_head_stale_series", Type::kGauge, "Series in memory that have ended.")
        .Sample({}, static_cast<double>(stats.ended_series));
    out.Add("prometheus_tsdb_head_chunks", Type::kGauge, "Chunks in memory.")
        .Sample({}, static_cast<double>(stats.chunks));
    out.Add("prometheus_tsdb_head_min_time_seconds", Type::kGauge,
            "Time of the oldest sample in memory.")
        .Sample({}, static_cast<double>(stats.min_time_ms) / 1000);
    out.Add("prometheus_tsdb_head_max_time_seconds", Type::kGauge,
            "Time of the newest sample in memory.")
        .Sample({}, static_cast<double>(stats.max_time_ms) / 1000);
    out.Add("prometheus_tsdb_blocks_loaded", Type::kGauge, "Blocks that are open.")
        .Sample({}, static_cast<double>(blocks_.view()->blocks.size()));
    out.Add("prometheus_tsdb_storage_blocks_bytes", Type::kGauge, "Size of all blocks.")
        .Sample({}, static_cast<double>(blocks_.size_bytes()));
    out.Add("narthex_tsdb_damaged_blocks", Type::kGauge,
            "Blocks whose samples are not shown because they could not be opened.")
        .Sample({}, static_cast<double>(blocks_.damaged_count()));
    AddRetentionMetrics(retention(), out);
    AddExemplarMetrics(exemplars_.Stats(), out);
    out.Add("prometheus_tsdb_head_chunks_storage_size_bytes", Type::kGauge,
            "Size of the files that chunks of live series are mapped from.")
        .Sample({}, static_cast<double>(head_chunks_.size_bytes()));
    out.Add("narthex_tsdb_symbols", Type::kGauge, "Different label names and values in memory.")
        .Sample({}, static_cast<double>(index_.symbol_count()));
    out.Add("prometheus_tsdb_wal_segment_current", Type::kGauge,
            "Number of the log segment being written.")
        .Sample({}, static_cast<double>(wal_->position().segment));
    out.Add("narthex_tsdb_wal_written_bytes_total", Type::kCounter, "Bytes written to the log.")
        .Sample({}, static_cast<double>(wal_->written_bytes()));
  });
}

}  // namespace narthex::tsdb
