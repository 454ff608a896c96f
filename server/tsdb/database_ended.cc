// The part of the database that frees memory of series that have ended, where these are many: they
// become blocks of their own, one a block range, before the time of all others.
#include <absl/container/flat_hash_map.h>

#include <algorithm>

#include "server/tsdb/database.h"
#include "server/tsdb/head_block.h"

namespace narthex::tsdb {
namespace {

// As the reference: ten minutes before all in memory becomes a block this is not worth it any more.
constexpr int64_t kSoonPart = 12;  // of a block range

}  // namespace

bool Database::IsEndedCompactionDue() const {
  const double threshold = stale_threshold_;
  if (threshold <= 0) return false;
  const int64_t range_ms = options_.block_range.ms;
  if (max_time_ms_ < min_time_ms_ ||
      max_time_ms_ - min_time_ms_ > range_ms / 2 * 3 - range_ms / kSoonPart)
    return false;
  const DatabaseStats stats = Stats();
  return stats.ended_series > 0 &&
         static_cast<double>(stats.ended_series) >= threshold * static_cast<double>(stats.series);
}

Status Database::CompactEnded() {
  if (drop_due_ || !ended_.empty()) return drop_due_ ? Status() : DropEnded();
  if (!IsEndedCompactionDue()) return {};
  metrics_.stale_compactions.Add();
  Status status = WriteEndedBlocks();
  if (status.ok()) status = DropEnded();
  if (!status.ok()) {
    metrics_.stale_compactions_failed.Add();
    ended_.clear();
  }
  return status;
}

// Those with late samples wait until these are in blocks.
Status Database::WriteEndedBlocks() {
  const CommitClock::Guard guard(commits_, false);
  EndedSet ended;
  Interval times{storage::kMaxTime, storage::kMinTime};
  index_.ForEach([&](MemSeries& series) {
    const std::lock_guard lock(index_.stripe(series));
    if (!series.HasEnded() || series.late || series.pending > 0) return;
    ended.insert(&series);
    ended_.push_back({series.ref, series.LastTime()});
    times.min_time_ms = std::min(times.min_time_ms, series.MinTime());
    times.max_time_ms = std::max(times.max_time_ms, series.LastTime());
  });
  const int64_t range_ms = options_.block_range.ms;
  int64_t begin_ms = times.min_time_ms - times.min_time_ms % range_ms;
  if (begin_ms > times.min_time_ms) begin_ms -= range_ms;
  for (; begin_ms <= times.max_time_ms; begin_ms += range_ms) {
    CompactionNote note(metrics_, clock_);
    ASSIGN_OR_RETURN(const BlockMeta block, WriteEndedBlock(files_, index_, ended, begin_ms,
                                                            begin_ms + range_ms, FirstBlocks()));
    if (block.stats.series == 0) continue;
    RETURN_IF_ERROR(blocks_.Replace(block.ulid, {}));
    log_.Info("block of ended series written", {{"block", block.ulid},
                                                {"series", block.stats.series},
                                                {"samples", block.stats.samples},
                                                {"seconds", note.Done()}});
  }
  return {};
}

// Readers that began before there were the blocks look into memory.
Status Database::DropEnded() {
  if (!WaitFor(false).ok()) {
    log_.Info("a long query keeps ended series in memory");
    return {};
  }
  absl::flat_hash_map<storage::SeriesRef, int64_t> last_ms;
  for (const EndedSeries& one : ended_) last_ms.emplace(one.ref, one.last_ms);
  ended_.clear();
  Status logged;
  size_t chunks = 0;
  const size_t count = index_.Collect(
      [&](const MemSeries& series) {
        const auto found = last_ms.find(series.ref);
        const bool gone = found != last_ms.end() && series.LastTime() == found->second &&
                          !series.late && series.pending == 0;
        if (gone) chunks += series.chunk_count();
        return gone;
      },
      [&](const std::vector<storage::SeriesRef>& refs) { logged = LogEnds(refs); });
  metadata_.Collect([this](storage::SeriesRef ref) {
    const CommitClock::Guard guard(commits_, false);
    return index_.Find(ref) == nullptr;
  });
  metrics_.series_removed.Add(static_cast<double>(count));
  metrics_.chunks_removed.Add(static_cast<double>(chunks));
  log_.Info("dropped ended series from memory", {{"series", count}});
  return logged;
}

// Tells a replay to forget what the log has of them: their labels may come again under new refs.
Status Database::LogEnds(const std::vector<storage::SeriesRef>& refs) {
  std::vector<RefTombstone> ends;
  ends.reserve(refs.size());
  for (const storage::SeriesRef ref : refs) ends.push_back({ref, kEndOfSeries});
  std::string record;
  EncodeTombstones(ends, record);
  return wal_->Log({record});
}

}  // namespace narthex::tsdb
