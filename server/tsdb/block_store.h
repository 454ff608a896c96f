// The blocks of a database: opens what is there, hands out what is current, removes what is too
// old.
#ifndef NARTHEX_SERVER_TSDB_BLOCK_STORE_H_
#define NARTHEX_SERVER_TSDB_BLOCK_STORE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/tsdb/block.h"

namespace narthex::tsdb {

// What a reader sees: blocks by time, and from where on memory has what they have not.
struct BlockView {
  std::vector<BlockPtr> blocks;
  int64_t head_min_time_ms = storage::kMinTime;
};

struct Retention {
  int64_t time_ms = 15LL * 24 * 3600 * 1000;  // 0: for ever
  uint64_t size_bytes = 0;                    // of blocks and of what is beside them; 0: any
};

// How many went, and some of them why.
struct RemovedBlocks {
  size_t all = 0;
  size_t old = 0;
  size_t beyond_size = 0;
};

// Safe from many threads; changes are the business of one.
class BlockStore {
 public:
  BlockStore(Files& files, std::string directory, const Logger& log)
      : files_(files), directory_(std::move(directory)), log_(log) {}

  // Opens every block, after removing leftovers of interrupted work where `tidy` says so. One that
  // cannot be opened stays where it is, is counted and logged with the time it covers.
  Status Load(bool tidy = true);
  // Opens the blocks that somebody put into the directory since, as tools for import do. Nothing of
  // ours may be adding or removing blocks meanwhile.
  Status LoadNew();

  std::shared_ptr<const BlockView> view() const;
  // Opens a block that was written; readers of later views do not look into memory before
  // `head_min_time_ms`.
  Status Add(const std::string& ulid, int64_t head_min_time_ms);
  // As above where there was nothing to write.
  void SetHeadMinTime(int64_t head_min_time_ms);
  // Opens `added`, which may be empty, and removes what it stands for.
  Status Replace(const std::string& added, const std::vector<std::string>& removed);

  // Marks the samples of the interval in the series that satisfy all matchers as deleted, on disk
  // and for readers of later views.
  Status Delete(Interval interval, const std::vector<storage::Matcher>& matchers);

  // Notes in these blocks that they could not be merged, which PlanMerge() heeds.
  Status MarkFailed(const std::vector<BlockPtr>& failed);

  // Removes blocks that are older than the newest by more than the retention, the oldest where all
  // are too large together with `other_bytes`, and what compaction superseded.
  Result<RemovedBlocks> ApplyRetention(const Retention& retention, uint64_t other_bytes);

  // The end of the newest block that was made in order; kMinTime without blocks.
  int64_t MaxTime() const;
  uint64_t size_bytes() const;
  size_t damaged_count() const;
  const std::string& directory() const { return directory_; }

 private:
  // Opens a block, or counts it as damaged and says so; nothing then.
  BlockPtr TryOpen(const std::string& ulid);
  void Publish(std::vector<BlockPtr> blocks, int64_t head_min_time_ms);
  Result<BlockPtr> WithDeleted(const BlockPtr& block, Interval interval,
                               const std::vector<storage::Matcher>& matchers);
  Status RemoveFolder(const std::string& ulid);

  Files& files_;
  const std::string directory_;
  const Logger& log_;
  mutable std::mutex mutex_;
  std::set<std::string> damaged_;  // ULIDs
  std::shared_ptr<const BlockView> view_ = std::make_shared<BlockView>();
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BLOCK_STORE_H_
