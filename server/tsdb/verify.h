// Looks at every byte of a data directory that has a checksum or an order, and tells what is wrong.
#ifndef NARTHEX_SERVER_TSDB_VERIFY_H_
#define NARTHEX_SERVER_TSDB_VERIFY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/block_meta.h"
#include "server/tsdb/tombstones.h"

namespace narthex::tsdb {

// One thing that is wrong.
struct Finding {
  Status status;
  std::optional<Interval> lost;  // samples of this time, or some of it, cannot be read
};
using FindingSink = std::function<void(const Finding&)>;

// What was looked at.
struct VerifyCounts {
  uint64_t series = 0;
  uint64_t chunks = 0;
  uint64_t samples = 0;
  uint64_t records = 0;  // of logs
};

// Checks a block: checksums of index, chunks, tombstones and label indices, that symbols, series,
// postings and chunks are in order, that samples are where the index says, and that meta.json
// counts right.
VerifyCounts VerifyBlock(Files& files, const std::string& folder, const FindingSink& found);

// Checks a log with its checkpoint: checksums, records, and that no segment is missing. What a
// damaged segment lost is told as the time between the samples around the damage.
VerifyCounts VerifyLog(Files& files, const std::string& directory, const FindingSink& found);

// Checks the files of chunks of the head. The log has the same samples, so nothing is lost.
VerifyCounts VerifyHeadChunks(Files& files, const std::string& directory, const FindingSink& found);

// Blocks that overlap one before them, by time: legal until a compaction merges them. Returns for
// each how long it overlaps.
struct Overlap {
  std::string ulid;
  Interval with_earlier;
};
std::vector<Overlap> OverlapsOf(std::vector<BlockMeta> blocks);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_VERIFY_H_
