// Turns a time range of the head into a block.
#ifndef NARTHEX_SERVER_TSDB_HEAD_BLOCK_H_
#define NARTHEX_SERVER_TSDB_HEAD_BLOCK_H_

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <string>

#include "common/fs/file_layer.h"
#include "server/tsdb/block_meta.h"
#include "server/tsdb/block_writer.h"
#include "server/tsdb/series_index.h"

namespace narthex::tsdb {

// Writes the samples in [min, max) that are not deleted; without any, the meta's
// statistics are zero and nothing is written. No series may be collected and none may get a sample
// of the range meanwhile; other appends go on. Holds one stripe at a time, for the copy of a
// series' chunks.
Result<BlockMeta> WriteHeadBlock(Files& files, const SeriesIndex& index, int64_t min_time_ms,
                                 int64_t max_time_ms, const NewBlock& to);

// The same of all that is in memory, late samples too, as a reader of now sees it; appends go on.
Result<BlockMeta> WriteSnapshotBlock(Files& files, const SeriesIndex& index, int64_t min_time_ms,
                                     int64_t max_time_ms, const NewBlock& to);

// The same of these series alone. They may get samples of the range meanwhile.
using EndedSet = absl::flat_hash_set<const MemSeries*>;
Result<BlockMeta> WriteEndedBlock(Files& files, const SeriesIndex& index, const EndedSet& ended,
                                  int64_t min_time_ms, int64_t max_time_ms, const NewBlock& to);

// The same of the samples that came out of order and are in sealed chunks.
Result<BlockMeta> WriteLateBlock(Files& files, const SeriesIndex& index, int64_t min_time_ms,
                                 int64_t max_time_ms, const NewBlock& to);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_HEAD_BLOCK_H_
