// Reading a log back at the start.
#ifndef NARTHEX_SERVER_TSDB_WAL_REPLAY_H_
#define NARTHEX_SERVER_TSDB_WAL_REPLAY_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/storage/replay_progress.h"
#include "server/tsdb/exemplar_store.h"
#include "server/tsdb/head_chunk_files.h"
#include "server/tsdb/metadata_table.h"
#include "server/tsdb/newest_times.h"
#include "server/tsdb/replay_worker.h"
#include "server/tsdb/series_index.h"
#include "server/tsdb/wal_files.h"
#include "server/tsdb/wal_writer.h"

namespace narthex::tsdb {

struct ReplayReport {
  uint64_t sample_count = 0;
  uint64_t chunk_count = 0;                 // that were found in files
  uint64_t unknown_ref_count = 0;           // samples of series that no record names
  int64_t min_time_ms = storage::kMaxTime;  // of what memory has
  int64_t max_time_ms = storage::kMinTime;
};

struct ReplayOptions {
  size_t threads = 0;                       // 0: as many as cores
  int64_t min_time_ms = storage::kMinTime;  // older samples are in blocks and are left out
  bool repair = true;                       // cut off what a crash left at the end
  KeptStarts starts = {};
  storage::ReplayProgress* progress = nullptr;  // told of it where there is one
  Counter* damage = nullptr;                    // of the log, is counted here
};

// What replay fills.
struct ReplayTarget {
  SeriesIndex& index;
  CommitClock& commits;
  ExemplarStore& exemplars;
  MetadataTable& metadata;
};

// Reads a log in two passes. The first, which is short, makes the series and all else that the log
// says but for samples, of which it notes the newest of each series. Then the series are known, and
// what is appended to them can be logged behind what is there: by ReadOn() the second pass, which
// appends samples, comes to that in the end, and never needs more memory than a few records. Damage
// of the log is logged and mended by the first pass, as LogDecoder says.
//
// Records are read and checked by one thread, series made by another, samples appended by several;
// what waits between them is bounded. Used by one thread; what is passed outlives this.
class WalReplay {
 public:
  WalReplay(Files& files, std::string directory, const ReplayTarget& target,
            const ReplayOptions& options, const Logger& log);
  WalReplay(const WalReplay&) = delete;
  WalReplay& operator=(const WalReplay&) = delete;

  // The first pass. A series takes over the chunks that are `found` of it, and of the log what is
  // behind them.
  Status ReadSeries(const FoundHeadChunks& found);

  // What the first pass found out. The number of the first segment that is free:
  uint64_t next_segment() const { return layout_.NextSegment(); }
  // The newest sample of each series, by the ref of the series, and of all; kMinTime without any.
  RefTimes TakeNewestTimes();
  int64_t max_time_ms() const { return counts_.max_time_ms; }

  // The second pass, over what the first one saw; then, as often as one likes, over what others
  // logged in the free segment and those behind it. Meanwhile nobody else touches the samples in
  // order of any series.
  Status ReadSamples();
  Status ReadOn(LogPosition end);
  // Returns when all that was read is appended.
  ReplayReport Finish();

 private:
  void AddSeries(std::string_view record, const FoundHeadChunks& found);
  void TakeRest(const LogPack& pack);
  void AddExemplar(const RefExemplar& one);
  void AddTombstone(const RefTombstone& one);
  void FoldNewestTimes();
  Status AppendSamples(std::vector<SegmentFile> segments, bool known_damage);

  Files& files_;
  const std::string directory_;
  const ReplayTarget target_;
  SeriesIndex& index_;
  const ReplayOptions options_;
  const Logger& log_;
  const CommitClock::Guard guard_;
  WalLayout layout_;
  std::vector<SegmentFile> segments_;  // of the first pass
  LogPosition read_to_;                // beyond these, by the second
  std::vector<RefTombstone> tombstones_;
  bool has_ended_ = false;  // some series
  RefTimes newest_;
  ReplayCounts counts_;
  uint64_t chunk_count_ = 0;
  uint64_t unknown_records_ = 0;
  std::deque<ReplayWorker> workers_;
};

struct LateReplayReport {
  uint64_t sample_count = 0;
  uint64_t unknown_ref_count = 0;
  uint64_t marker_count = 0;  // records that point into files of chunks
  uint64_t next_segment = 0;
  int64_t min_time_ms = storage::kMaxTime;
  int64_t max_time_ms = storage::kMinTime;
};

// Reads the log of samples that came out of order into the index, which knows their series. The
// reference writes markers there that say which samples are in files of chunks as well: these are
// passed over, since the log has the samples until they are in blocks.
Result<LateReplayReport> ReplayLateLog(Files& files, const std::string& directory,
                                       SeriesIndex& index, CommitClock& commits,
                                       const ReplayOptions& options, const Logger& log);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_REPLAY_H_
