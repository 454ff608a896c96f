#include "server/tsdb/block_merge.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <optional>

#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {
namespace {

// The series of one block in the order of their labels.
class Cursor {
 public:
  static Result<Cursor> At(const Block& block) {
    Cursor cursor(block);
    ASSIGN_OR_RETURN(cursor.all_, block.index().Postings("", ""));
    RETURN_IF_ERROR(cursor.Load());
    return cursor;
  }

  bool AtEnd() const { return next_ >= all_.size(); }
  const LabelSet& labels() const { return labels_; }
  const std::vector<ChunkMeta>& chunks() const { return chunks_; }
  const Block& block() const { return *block_; }
  Slot series() const { return all_[next_]; }
  Status Advance() {
    ++next_;
    return Load();
  }

 private:
  explicit Cursor(const Block& block) : block_(&block) {}

  Status Load() {
    if (AtEnd()) return {};
    ASSIGN_OR_RETURN(labels_, block_->index().Series(all_[next_], chunks_));
    return {};
  }

  const Block* block_;
  SlotList all_;
  size_t next_ = 0;
  LabelSet labels_;
  std::vector<ChunkMeta> chunks_;
};

// Numbers the texts of all blocks.
class Symbols {
 public:
  explicit Symbols(const std::vector<BlockPtr>& blocks) {
    for (const BlockPtr& block : blocks) block->index().AddSymbols(texts_);
    std::sort(texts_.begin(), texts_.end());
    texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
    for (std::string_view text : texts_)
      numbers_.emplace(text, static_cast<uint32_t>(numbers_.size()));
  }

  const std::vector<std::string_view>& texts() const { return texts_; }
  void Number(const LabelSet& labels, std::vector<SymbolPair>& pairs) const {
    pairs.clear();
    for (const Label label : labels)
      pairs.push_back({numbers_.at(label.name), numbers_.at(label.value)});
  }

 private:
  std::vector<std::string_view> texts_;
  absl::flat_hash_map<std::string_view, uint32_t> numbers_;
};

// Of blocks by time: whether their chunks can be put one behind the other.
bool CanCopy(const std::vector<const Cursor*>& parts) {
  std::optional<int64_t> end_ms;
  for (const Cursor* part : parts) {
    if (part->block().DeletedOf(part->series()) != nullptr) return false;
    for (const ChunkMeta& chunk : part->chunks()) {
      if (end_ms && chunk.min_time_ms <= *end_ms) return false;
      end_ms = chunk.max_time_ms;
    }
  }
  return true;
}

Status WriteSeries(const std::vector<const Cursor*>& parts, FloatEncoding encoding,
                   BlockWriter& writer) {
  if (CanCopy(parts)) {
    for (const Cursor* part : parts) {
      for (const ChunkMeta& chunk : part->chunks()) {
        ASSIGN_OR_RETURN(const ChunkView view,
                         part->block().chunks().Read(chunk.ref, ChunkReader::Verify::kAlways));
        RETURN_IF_ERROR(writer.AddChunk(view, chunk.min_time_ms, chunk.max_time_ms));
      }
    }
    return {};
  }
  storage::SampleColumns samples;
  storage::SampleColumns more;
  for (const Cursor* part : parts) {
    more.Clear();
    RETURN_IF_ERROR(part->block().Read(part->series(), part->chunks(), storage::kMinTime,
                                       storage::kMaxTime, more));
    MergeSamples(samples, more);
  }
  return EncodeChunks(samples, encoding,
                      [&](ChunkView view, int64_t min_time_ms, int64_t max_time_ms) {
                        return writer.AddChunk(view, min_time_ms, max_time_ms);
                      });
}

BlockMeta MetaOf(const std::vector<BlockPtr>& blocks, int64_t now_ms) {
  BlockMeta meta{
      .ulid = NewUlid(now_ms), .min_time_ms = storage::kMaxTime, .max_time_ms = storage::kMinTime};
  meta.hints = blocks.front()->meta().hints;
  for (const BlockPtr& block : blocks) {
    const BlockMeta& part = block->meta();
    meta.min_time_ms = std::min(meta.min_time_ms, part.min_time_ms);
    meta.max_time_ms = std::max(meta.max_time_ms, part.max_time_ms);
    meta.level = std::max(meta.level, part.level + 1);
    meta.sources.insert(meta.sources.end(), part.sources.begin(), part.sources.end());
    meta.parents.push_back({part.ulid, part.min_time_ms, part.max_time_ms});
    if (!part.from_out_of_order()) std::erase(meta.hints, kFromOutOfOrder);
  }
  std::sort(meta.sources.begin(), meta.sources.end());
  meta.sources.erase(std::unique(meta.sources.begin(), meta.sources.end()), meta.sources.end());
  return meta;
}

}  // namespace

Result<BlockMeta> MergeBlocks(Files& files, const std::vector<BlockPtr>& blocks,
                              const NewBlock& to) {
  const Symbols symbols(blocks);
  ASSIGN_OR_RETURN(auto writer, BlockWriter::Open(files, to.directory, MetaOf(blocks, to.now_ms),
                                                  symbols.texts()));
  std::vector<Cursor> cursors;
  for (const BlockPtr& block : blocks) {
    ASSIGN_OR_RETURN(auto cursor, Cursor::At(*block));
    cursors.push_back(std::move(cursor));
  }
  std::vector<const Cursor*> parts;
  std::vector<SymbolPair> pairs;
  for (;;) {
    const Cursor* lowest = nullptr;
    for (const Cursor& cursor : cursors) {
      if (!cursor.AtEnd() && (lowest == nullptr || cursor.labels() < lowest->labels()))
        lowest = &cursor;
    }
    if (lowest == nullptr) return writer->Finish();
    const LabelSet labels = lowest->labels();
    parts.clear();
    for (const Cursor& cursor : cursors) {
      if (!cursor.AtEnd() && cursor.labels() == labels) parts.push_back(&cursor);
    }
    RETURN_IF_ERROR(
        WriteSeries(parts, to.float_encoding, *writer).Prefixed("series " + labels.ToString()));
    symbols.Number(labels, pairs);
    RETURN_IF_ERROR(writer->EndSeries(pairs));
    for (Cursor& cursor : cursors) {
      if (!cursor.AtEnd() && cursor.labels() == labels) RETURN_IF_ERROR(cursor.Advance());
    }
  }
}

}  // namespace narthex::tsdb
