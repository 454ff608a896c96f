// A block that is open for reading: index and chunks stay mapped as long as somebody holds it, even
// after its folder was removed.
#ifndef NARTHEX_SERVER_TSDB_BLOCK_H_
#define NARTHEX_SERVER_TSDB_BLOCK_H_

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/storage/storage.h"
#include "server/tsdb/block_meta.h"
#include "server/tsdb/chunk_files.h"
#include "server/tsdb/index_reader.h"
#include "server/tsdb/tombstones.h"

namespace narthex::tsdb {

// Immutable; safe from many threads.
class Block {
 public:
  static Result<std::shared_ptr<const Block>> Open(Files& files, const std::string& folder);

  const BlockMeta& meta() const { return meta_; }
  const IndexReader& index() const { return *index_; }
  const ChunkReader& chunks() const { return *chunks_; }
  const Tombstones& tombstones() const { return tombstones_; }
  // What was deleted of a series; null for nothing.
  const Intervals* DeletedOf(Slot series) const;
  bool Overlaps(int64_t min_time_ms, int64_t max_time_ms) const {
    return meta_.min_time_ms <= max_time_ms && min_time_ms < meta_.max_time_ms;
  }
  // Of all its files.
  uint64_t size_bytes() const {
    return index_->size_bytes() + chunks_->size_bytes() + other_bytes_;
  }

  // Series that satisfy all matchers, in the order of their labels.
  Result<SlotList> Select(const std::vector<storage::Matcher>& matchers) const;

  // Adds the samples of a series in [min, max], the deleted ones left out.
  Status Read(Slot series, std::span<const ChunkMeta> chunks, int64_t min_time_ms,
              int64_t max_time_ms, storage::SampleColumns& samples) const;

  // Says that Read() of these chunks of a series follows soon.
  void Expect(std::span<const ChunkMeta> chunks) const;

  using Texts = std::set<std::string, std::less<>>;
  Status AddLabelNames(const std::vector<storage::Matcher>& matchers, Texts& names) const;
  Status AddLabelValues(std::string_view name, const std::vector<storage::Matcher>& matchers,
                        Texts& values) const;

 private:
  Block() = default;
  // The series with a label that the positive form of the matcher takes, or refuses.
  Result<SlotList> Taken(const storage::Matcher& matcher, bool negate) const;

  BlockMeta meta_;
  std::unique_ptr<IndexReader> index_;
  std::unique_ptr<ChunkReader> chunks_;
  Tombstones tombstones_;
  uint64_t other_bytes_ = 0;  // of meta.json and tombstones
};

using BlockPtr = std::shared_ptr<const Block>;

Result<BlockMeta> ReadBlockMeta(Files& files, const std::string& folder);

// Joins two runs of samples by time; of two at one time that of `samples` stays.
void MergeSamples(storage::SampleColumns& samples, const storage::SampleColumns& more);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BLOCK_H_
