// Compaction of blocks into larger ones: which to take, and how they become one.
#ifndef NARTHEX_SERVER_TSDB_BLOCK_MERGE_H_
#define NARTHEX_SERVER_TSDB_BLOCK_MERGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/tsdb/block.h"
#include "server/tsdb/block_writer.h"

namespace narthex::tsdb {

// The time ranges of blocks: `range_ms` and three times the one before each, up to the maximum.
std::vector<int64_t> BlockRanges(int64_t range_ms, int64_t max_range_ms);

// The blocks to merge next, none where there is nothing to do. As the reference: overlapping ones
// first; else those that fill a range, or lie in one that is over; else one of which much was
// deleted; of these two the newest block is left alone. Blocks of a part of the head, which carry
// hints of that, meet only their like. So do those of late samples in the time that memory still
// has the others of: a block of both would claim to have all, and a replay would leave these out.
// Blocks that could not be merged before are passed over.
std::vector<BlockPtr> PlanMerge(std::vector<BlockPtr> blocks,
                                const std::vector<int64_t>& ranges_ms);

// Whether two of these, which are in order, cover the same time.
bool AnyOverlap(const std::vector<BlockPtr>& blocks);

// Of `blocks` those that may be merged while an uploader copies them elsewhere. `uploads_file` is
// the list it keeps, as the sidecar of Thanos: JSON with the ULIDs of the blocks it has as
// "uploaded". By ULID, which is the order of uploads, all blocks up to the first one that is made
// of memory and not on the list. Without a list that can be read all, which is logged.
std::vector<BlockPtr> BlocksToMerge(std::vector<BlockPtr> blocks, Files& files,
                                    const std::string& uploads_file, const Logger& log);

// Writes one block of all samples of `blocks` but the deleted ones; of two at one time the one of
// the earlier block stays. Chunks are copied as they are where nothing overlaps. Without samples
// nothing is written and the statistics are zero.
Result<BlockMeta> MergeBlocks(Files& files, const std::vector<BlockPtr>& blocks,
                              const NewBlock& to);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BLOCK_MERGE_H_
