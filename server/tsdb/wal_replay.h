// Reading a log back at the start.
#ifndef NARTHEX_SERVER_TSDB_WAL_REPLAY_H_
#define NARTHEX_SERVER_TSDB_WAL_REPLAY_H_

#include <cstdint>
#include <string>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/storage/replay_progress.h"
#include "server/tsdb/exemplar_store.h"
#include "server/tsdb/head_chunk_files.h"
#include "server/tsdb/metadata_table.h"
#include "server/tsdb/replay_worker.h"
#include "server/tsdb/series_index.h"

namespace narthex::tsdb {

struct ReplayReport {
  uint64_t sample_count = 0;
  uint64_t chunk_count = 0;        // that were found in files
  uint64_t unknown_ref_count = 0;  // samples of series that no record names
  uint64_t next_segment = 0;       // the first number that is free
  int64_t min_time_ms = storage::kMaxTime;
  int64_t max_time_ms = storage::kMinTime;
};

struct ReplayOptions {
  size_t threads = 0;                       // 0: as many as cores
  int64_t min_time_ms = storage::kMinTime;  // older samples are in blocks and are left out
  bool repair = true;                       // cut off what a crash left at the end
  KeptStarts starts = {};
  storage::ReplayProgress* progress = nullptr;  // told of it where there is one
};

// What replay fills.
struct ReplayTarget {
  SeriesIndex& index;
  CommitClock& commits;
  ExemplarStore& exemplars;
  MetadataTable& metadata;
};

// Fills the target. A series takes over the chunks that are `found` of it, and of the log what is
// behind them. Damage of the log is logged and mended as LogDecoder says. Records are read and
// checked by one thread, series made by another, and samples appended by several; what waits
// between them is bounded.
Result<ReplayReport> ReplayWal(Files& files, const std::string& directory,
                               const ReplayTarget& target, const FoundHeadChunks& found,
                               const ReplayOptions& options, const Logger& log);

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
