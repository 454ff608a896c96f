// The part of the database that moves finished chunks from memory into mapped files.
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

// What one file gets at most; the list of chunks for it is memory.
constexpr size_t kMaxChunks = 200'000;
constexpr uint64_t kMaxBytes = kMaxHeadChunkFileBytes / 2;

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
  for (;;) {
    ASSIGN_OR_RETURN(const size_t count, MapSomeChunks());
    metrics_.chunks_mapped.Add(static_cast<double>(count));
    if (count == 0) return {};
  }
}

// Called with no other compaction under way: chunks are added meanwhile, but none goes.
Result<size_t> Database::MapSomeChunks() {
  const CommitClock::Guard guard(commits_, false);
  std::vector<Pick> picks;
  std::vector<HeadChunk> chunks;
  uint64_t bytes = 0;
  index_.ForEach([&](MemSeries& series) {
    if (picks.size() >= kMaxChunks || bytes >= kMaxBytes) return;
    const std::lock_guard lock(index_.stripe(series));
    // Those on the heap are the newest.
    size_t first = series.finished.size();
    while (first > 0 && series.finished[first - 1].on_heap()) --first;
    for (; first < series.finished.size() && bytes < kMaxBytes; ++first) {
      const FinishedChunk& one = series.finished[first];
      if (one.view().bytes.size() > kMaxBytes) break;
      picks.push_back({&series, first});
      chunks.push_back({series.ref, one.min_time_ms(), one.max_time_ms(), one.view()});
      bytes += one.view().bytes.size();
    }
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
