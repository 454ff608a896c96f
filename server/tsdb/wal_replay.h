// Reading a log back at the start.
#ifndef NARTHEX_SERVER_TSDB_WAL_REPLAY_H_
#define NARTHEX_SERVER_TSDB_WAL_REPLAY_H_

#include <cstdint>
#include <string>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/tsdb/exemplar_store.h"
#include "server/tsdb/metadata_table.h"
#include "server/tsdb/series_index.h"

namespace narthex::tsdb {

struct ReplayReport {
  uint64_t sample_count = 0;
  uint64_t unknown_ref_count = 0;  // samples of series that no record names
  uint64_t next_segment = 0;       // the first number that is free
  int64_t min_time_ms = storage::kMaxTime;
  int64_t max_time_ms = storage::kMinTime;
};

// Which samples keep when their series began, where the log says so.
struct KeptStarts {
  bool floats = false;
  bool histograms = false;
};

struct ReplayOptions {
  size_t threads = 0;                       // 0: as many as cores
  int64_t min_time_ms = storage::kMinTime;  // older samples are in blocks and are left out
  bool repair = true;                       // cut off what a crash left at the end
  KeptStarts starts = {};
};

// What replay fills.
struct ReplayTarget {
  SeriesIndex& index;
  CommitClock& commits;
  ExemplarStore& exemplars;
  MetadataTable& metadata;
};

// Fills the target. Damage at the end of the last segment, which a crash leaves, is cut off where
// `repair` says so; damage elsewhere costs the rest of its segment. Both are logged with what they
// cost. Samples are decoded
// by one thread and appended by several.
Result<ReplayReport> ReplayWal(Files& files, const std::string& directory,
                               const ReplayTarget& target, const ReplayOptions& options,
                               const Logger& log);

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
