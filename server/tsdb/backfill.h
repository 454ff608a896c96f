// Blocks of samples that come from elsewhere, in any order.
#ifndef NARTHEX_SERVER_TSDB_BACKFILL_H_
#define NARTHEX_SERVER_TSDB_BACKFILL_H_

#include <absl/container/flat_hash_map.h>
#include <absl/container/node_hash_map.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/clock/clock.h"
#include "common/fs/file_layer.h"
#include "server/tsdb/block.h"
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {

struct BackfillOptions {
  std::string directory;  // where the blocks go
  int64_t block_range_ms = 2LL * 3600 * 1000;
  uint64_t memory_bytes = 512ULL << 20;  // of samples; beyond it, parts of blocks go to the disk
};

// Sorts samples into one block for each block range that has some. The blocks appear in Finish():
// before, parts of them are in a folder of their own, which goes with the object. Needs memory for
// the labels of all series, and for samples what the options allow. Use from one thread.
class Backfill {
 public:
  Backfill(Files& files, const Clock& clock, BackfillOptions options);
  ~Backfill();

  // The number of a label set, for Add().
  size_t SeriesOf(const LabelSet& labels);
  // kDuplicate: the series' sample before this one has the same time and another value.
  Status Add(size_t series, int64_t timestamp_ms, double value);

  // Writes the blocks, the oldest first.
  Result<std::vector<BlockMeta>> Finish();
  // Samples that Finish() left out: their series had one at their time, which had come first.
  uint64_t duplicate_count() const { return added_ - written_; }

 private:
  // What a range has of a series. Chunks overlap where samples came out of order.
  struct Part {
    XorChunkWriter open;
    int64_t open_min_time_ms = 0;
    std::vector<OwnedChunk> chunks;
  };
  struct Range {
    absl::flat_hash_map<size_t, Part> parts;  // by number of series
    uint64_t memory_bytes = 0;
    std::vector<std::string> written;  // ULIDs of parts on disk
  };

  void CloseChunk(Part& part, Range& range);
  Status MakeRoom();
  Status WritePart(Range& range);
  Status WriteSeries(Part& part, class BlockWriter& writer);
  Result<BlockMeta> FinishRange(Range& range);

  Files& files_;
  const Clock& clock_;
  const BackfillOptions options_;
  const std::string temporary_;
  absl::node_hash_map<LabelSet, size_t> numbers_;  // sets stay where they are
  std::vector<const LabelSet*> labels_;            // by number
  std::map<int64_t, Range> ranges_;                // by start
  uint64_t memory_bytes_ = 0;
  uint64_t added_ = 0;
  uint64_t written_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BACKFILL_H_
