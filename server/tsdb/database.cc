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
      metrics_(registry) {}

Database::~Database() {
  {
    const std::lock_guard lock(background_mutex_);
    stopping_ = true;
  }
  background_wake_.notify_all();
  if (background_.joinable()) background_.join();
  Unlock();
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
      metrics_.compactions_triggered.Add();
      if (const Status status = Compact(); !status.ok()) {
        metrics_.compactions_failed.Add();
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
  metrics_.reloads.Add();
  if (Status loaded = blocks_.LoadNew(); !loaded.ok()) {
    metrics_.reloads_failed.Add();
    return loaded;
  }
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
    CompactionNote note(metrics_, clock_);
    const auto attempt = MergeBlocks(files_, planned, Blocks());
    // Other failures, as of a full disk, are not the blocks'.
    if (attempt.code() == Code::kCorruption) RETURN_IF_ERROR(blocks_.MarkFailed(planned));
    ASSIGN_OR_RETURN(const BlockMeta merged, attempt);
    std::vector<std::string> replaced;
    replaced.reserve(planned.size());
    for (const BlockPtr& block : planned) replaced.push_back(block->meta().ulid);
    RETURN_IF_ERROR(blocks_.Replace(merged.stats.series > 0 ? merged.ulid : "", replaced));
    if (AnyOverlap(planned)) metrics_.overlapping_merges.Add();
    log_.Info("blocks merged", {{"block", merged.ulid},
                                {"of", replaced.size()},
                                {"series", merged.stats.series},
                                {"samples", merged.stats.samples},
                                {"seconds", note.Done()}});
  }
}

Status Database::CompactHead(int64_t end_ms) {
  CompactionNote note(metrics_, clock_);
  min_valid_time_ms_ = end_ms;
  RETURN_IF_ERROR(WaitFor(true));
  BlockMeta block;
  {
    const CommitClock::Guard guard(commits_, true);
    ASSIGN_OR_RETURN(block, WriteHeadBlock(files_, index_, min_time_ms_, end_ms, FirstBlocks()));
  }
  if (block.stats.series > 0) {
    RETURN_IF_ERROR(blocks_.Add(block.ulid, end_ms));
    log_.Info("block written", {{"block", block.ulid},
                                {"series", block.stats.series},
                                {"samples", block.stats.samples},
                                {"seconds", note.Done()}});
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
  const int64_t begin_ns = clock_.MonotonicNs();
  const int64_t min_time_ms = min_valid_time_ms_;
  metrics_.truncations.Add();
  size_t samples = 0;
  size_t chunks = 0;
  int64_t oldest_ms = storage::kMaxTime;
  index_.ForEach([&](MemSeries& one) {
    const std::lock_guard series_lock(index_.stripe(one));
    chunks += one.chunk_count();
    samples += one.Truncate(min_time_ms);
    chunks -= one.chunk_count();
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
  metrics_.chunks_removed.Add(static_cast<double>(chunks));
  metrics_.series_removed.Add(static_cast<double>(series));
  metrics_.collect_seconds.Observe(static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
  if (Status removed = head_chunks_.RemoveBefore(min_time_ms); !removed.ok()) {
    metrics_.truncations_failed.Add();
    return removed;
  }
  log_.Info("dropped from memory what is in blocks", {{"samples", samples}, {"series", series}});
  const int64_t log_begin_ns = clock_.MonotonicNs();
  metrics_.log_truncations.Add();
  Status shortened = Checkpoint(min_time_ms);
  if (!shortened.ok()) metrics_.log_truncations_failed.Add();
  metrics_.log_truncation_seconds.Observe(static_cast<double>(clock_.MonotonicNs() - log_begin_ns) /
                                          1e9);
  return shortened;
}

// Replaces the lower two thirds of the log by what is still alive in them.
Status Database::Checkpoint(int64_t min_time_ms) {
  ASSIGN_OR_RETURN(const uint64_t present, wal_->NextSegment());
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files_, WalDirectory()));
  if (layout.segments.empty()) return {};
  const uint64_t first = layout.segments.front();
  const uint64_t last = first + (present - 1 - first) * 2 / 3;
  if (last <= first) return {};
  metrics_.checkpoints.Add();
  Status written = WriteCheckpoint(
      files_, WalDirectory(), last, options_.wal,
      [&](storage::SeriesRef, int64_t timestamp_ms) { return timestamp_ms >= min_time_ms; },
      [&](storage::SeriesRef ref) {
        const CommitClock::Guard guard(commits_, false);
        return index_.Find(ref) != nullptr;
      },
      log_);
  if (!written.ok()) metrics_.checkpoints_failed.Add();
  return written;
}

void Database::NoteTime(int64_t timestamp_ms) {
  for (int64_t seen = max_time_ms_;
       timestamp_ms > seen && !max_time_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
  for (int64_t seen = min_time_ms_;
       timestamp_ms < seen && !min_time_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
}

}  // namespace narthex::tsdb
