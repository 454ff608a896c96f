// The part of the database that deletes and copies.
#include <array>
#include <ctime>
#include <random>

#include "server/tsdb/block_merge.h"
#include "server/tsdb/block_writer.h"
#include "server/tsdb/database.h"
#include "server/tsdb/head_block.h"

namespace narthex::tsdb {
namespace {

// "20171210T211224Z-2be650b6d019eb54", as the reference has it.
std::string SnapshotName(int64_t now_ms) {
  const std::time_t seconds = now_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ-", &parts);
  std::string name(text.data(), size);
  std::random_device random;
  for (int i = 0; i < 16; ++i) name += "0123456789abcdef"[random() % 16];
  return name;
}

Status LinkBlock(Files& files, const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(files.MakeDirectories(to + "/chunks"));
  for (const char* name : {"/index", "/meta.json", "/tombstones"}) {
    const Status status = files.Link(from + name, to + name);
    const bool absent = status.code() == Code::kNotFound && std::string_view(name) == "/tombstones";
    if (!absent) RETURN_IF_ERROR(status);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> segments, files.List(from + "/chunks"));
  for (const std::string& segment : segments)
    RETURN_IF_ERROR(files.Link(from + "/chunks/" + segment, to + "/chunks/" + segment));
  return {};
}

}  // namespace

Status Database::DeleteSeries(int64_t min_time_ms, int64_t max_time_ms,
                              const std::vector<std::vector<storage::Matcher>>& selections) {
  const std::lock_guard lock(compact_mutex_);
  for (const auto& matchers : selections) {
    RETURN_IF_ERROR(blocks_.Delete({min_time_ms, max_time_ms}, matchers));
    RETURN_IF_ERROR(DeleteInHead({min_time_ms, max_time_ms}, matchers));
  }
  return {};
}

// What comes in later may lie in the deleted time: only what is there now is marked.
Status Database::DeleteInHead(Interval interval, const std::vector<storage::Matcher>& matchers) {
  const CommitClock::Guard guard(commits_, false);
  std::vector<RefTombstone> tombstones;
  const SeriesIndex::Found found = index_.Select(matchers);
  for (const MemSeries* series : found.series) {
    const std::lock_guard lock(index_.stripe(*series));
    const auto range = series->Range();
    if (!range || range->max_time_ms < interval.min_time_ms ||
        range->min_time_ms > interval.max_time_ms)
      continue;
    tombstones.push_back({series->ref,
                          {std::max(interval.min_time_ms, range->min_time_ms),
                           std::min(interval.max_time_ms, range->max_time_ms)}});
  }
  if (tombstones.empty()) return {};
  std::string record;
  EncodeTombstones(tombstones, record);
  RETURN_IF_ERROR(wal_->Log({record}));
  for (const RefTombstone& one : tombstones) {
    if (MemSeries* series = index_.Find(one.ref)) {
      const std::lock_guard lock(index_.stripe(*series));
      series->Delete(one.interval);
    }
  }
  return {};
}

Status Database::CleanTombstones() {
  const std::lock_guard lock(compact_mutex_);
  const int64_t begin_ns = clock_.MonotonicNs();
  const auto view = blocks_.view();
  for (const BlockPtr& block : view->blocks) {
    if (block->tombstones().empty()) continue;
    ASSIGN_OR_RETURN(const BlockMeta clean, MergeBlocks(files_, {block}, Blocks()));
    RETURN_IF_ERROR(
        blocks_.Replace(clean.stats.series > 0 ? clean.ulid : "", {block->meta().ulid}));
    log_.Info("block written without what was deleted",
              {{"block", clean.ulid}, {"of", block->meta().ulid}});
  }
  metrics_.cleaning_seconds.Observe(static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
  return {};
}

Result<std::string> Database::Snapshot(bool with_head) {
  const std::lock_guard lock(compact_mutex_);
  const std::string name = SnapshotName(clock_.NowMs());
  const std::string directory = options_.directory + "/snapshots/" + name;
  const Status status = WriteSnapshot(directory, with_head);
  if (status.ok()) return name;
  (void)files_.Remove(directory);
  return status.Prefixed("snapshot " + directory);
}

Status Database::WriteSnapshot(const std::string& directory, bool with_head) {
  RETURN_IF_ERROR(files_.MakeDirectories(directory));
  const auto view = blocks_.view();
  for (const BlockPtr& block : view->blocks) {
    const std::string& ulid = block->meta().ulid;
    RETURN_IF_ERROR(
        LinkBlock(files_, options_.directory + "/" + ulid, directory + "/" + ulid).Prefixed(ulid));
  }
  const int64_t min_time_ms = std::min<int64_t>(min_time_ms_, min_late_ms_);
  const int64_t max_time_ms = std::max<int64_t>(max_time_ms_, max_late_ms_);
  if (with_head && max_time_ms >= min_time_ms) {
    NewBlock to = Blocks();
    to.directory = directory;
    const CommitClock::Guard guard(commits_, true);
    RETURN_IF_ERROR(WriteSnapshotBlock(files_, index_, min_time_ms, max_time_ms + 1, to).status());
  }
  return files_.SyncDirectory(directory);
}

}  // namespace narthex::tsdb
