// The part of the database that moves finished chunks from memory into mapped files.
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

// What one file gets; its content and the list of chunks for it are memory.
constexpr uint64_t kMaxBytes = 16UL << 20;
// So many chunks are worth a file.
constexpr size_t kManyChunks = 10'000;

struct Pick {
  MemSeries* series;
  size_t index;  // in its finished chunks
};

}  // namespace

Result<FoundHeadChunks> Database::FindHeadChunks() {
  const size_t threads =
      options_.replay_threads > 0 ? options_.replay_threads : std::thread::hardware_concurrency();
  ASSIGN_OR_RETURN(FoundHeadChunks found, head_chunks_.Open(threads));
  if (!found.damage().ok()) {
    metrics_.mapped_damage.Add();
    log_.Error("files of mapped chunks are damaged and removed; the log has their samples",
               {{"files", found.dropped_files()}, {"err", found.damage()}});
  }
  return found;
}

Status Database::MapFinishedChunks() {
  chunks_begun_ = 0;
  for (Slot next = 0; next < index_.end_slot();) {
    ASSIGN_OR_RETURN(const size_t count, MapSomeChunks(next));
    metrics_.chunks_mapped.Add(static_cast<double>(count));
  }
  return {};
}

// Many series end their chunks at the same time: these are not to wait for the next compaction.
Status Database::MapIfMany() {
  if (chunks_begun_ < kManyChunks) return {};
  const std::lock_guard lock(compact_mutex_);
  return MapFinishedChunks();
}

// Moves those of series from the slot `next` on, as many as go into a file. Called with no other
// compaction under way: chunks are added meanwhile, but none goes.
Result<size_t> Database::MapSomeChunks(Slot& next) {
  const CommitClock::Guard guard(commits_, false);
  std::vector<Pick> picks;
  std::vector<HeadChunk> chunks;
  uint64_t bytes = 0;
  next = index_.ForEachFrom(next, [&](MemSeries& series) {
    const std::lock_guard lock(index_.stripe(series));
    // Those in memory are the newest.
    size_t first = series.finished.size();
    while (first > 0 && series.finished[first - 1].in_arena()) --first;
    for (; first < series.finished.size() && bytes < kMaxBytes; ++first) {
      const FinishedChunk& one = series.finished[first];
      if (one.view().bytes.size() > kMaxHeadChunkFileBytes / 2) break;
      picks.push_back({&series, first});
      chunks.push_back({series.ref, one.min_time_ms(), one.max_time_ms(), one.view()});
      bytes += one.view().bytes.size();
    }
    return bytes < kMaxBytes;
  });
  if (picks.empty()) return size_t{0};
  ASSIGN_OR_RETURN(const std::vector<std::string_view> mapped, head_chunks_.Write(chunks));
  StripeLock lock(index_);
  for (size_t i = 0; i < picks.size(); ++i) {
    lock.Hold(*picks[i].series);
    picks[i].series->finished[picks[i].index].MoveTo(mapped[i]);
  }
  return picks.size();
}

}  // namespace narthex::tsdb
