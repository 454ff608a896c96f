// Reading a log back: at the start into the index, and later into a checkpoint.
//
// The folder holds segments and at most one useful checkpoint.N, a folder of segments that stands
// for all segments up to and including N. Leftovers with the suffix .tmp count for nothing.
#ifndef NARTHEX_SERVER_TSDB_WAL_REPLAY_H_
#define NARTHEX_SERVER_TSDB_WAL_REPLAY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/tsdb/exemplar_store.h"
#include "server/tsdb/metadata_table.h"
#include "server/tsdb/record_filter.h"
#include "server/tsdb/series_index.h"
#include "server/tsdb/wal_writer.h"

namespace narthex::tsdb {

struct WalLayout {
  std::optional<uint64_t> checkpoint;  // the newest
  std::vector<uint64_t> segments;      // those after the checkpoint, ascending
};
Result<WalLayout> ListWal(Files& files, const std::string& directory);

struct ReplayReport {
  uint64_t sample_count = 0;
  uint64_t unknown_ref_count = 0;  // samples of series that no record names
  uint64_t next_segment = 0;       // the first number that is free
  int64_t min_time_ms = storage::kMaxTime;
  int64_t max_time_ms = storage::kMinTime;
};

struct ReplayOptions {
  size_t threads = 0;                       // 0: as many as cores
  int64_t min_time_ms = storage::kMinTime;  // older samples are in blocks and are left out
};

// What replay fills.
struct ReplayTarget {
  SeriesIndex& index;
  CommitClock& commits;
  ExemplarStore& exemplars;
  MetadataTable& metadata;
};

// Fills the target. Damage at the end of the last segment, which a crash leaves, is cut off; damage
// elsewhere costs the rest of its segment. Both are logged with what they cost. Samples are decoded
// by one thread and appended by several.
Result<ReplayReport> ReplayWal(Files& files, const std::string& directory,
                               const ReplayTarget& target, const ReplayOptions& options,
                               const Logger& log);

// Writes checkpoint.`last` from the log up to that segment, keeping the series and samples for
// which the functions say so and records of unknown types, and removes what it replaces. Damage is
// logged and passed over, as replay does.
Status WriteCheckpoint(Files& files, const std::string& directory, uint64_t last,
                       const WalOptions& options, const SampleFilter& keep_sample,
                       const SeriesFilter& keep_series, const Logger& log);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_REPLAY_H_
