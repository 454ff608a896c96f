#include "server/tsdb/database_querier.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "server/storage/closed_querier.h"

namespace narthex::tsdb {

std::unique_ptr<storage::Querier> Database::NewQuerier(int64_t min_time_ms,
                                                       int64_t max_time_ms) const {
  if (newest_times() != nullptr) return std::make_unique<storage::ClosedQuerier>();
  return std::make_unique<DatabaseQuerier>(*this, min_time_ms, max_time_ms);
}

// Whether memory has samples of the range: in order, or late.
bool DatabaseQuerier::HeadOverlaps() const {
  const int64_t head_min_ms =
      std::max<int64_t>(view_->head_min_time_ms, database_.min_time_ms_.load());
  return (min_time_ms_ <= database_.max_time_ms_ && head_min_ms <= max_time_ms_) ||
         (min_time_ms_ <= database_.max_late_ms_ && database_.min_late_ms_ <= max_time_ms_);
}

std::vector<BlockPtr> DatabaseQuerier::Blocks() const {
  std::vector<BlockPtr> blocks;
  for (const BlockPtr& block : view_->blocks) {
    if (block->Overlaps(min_time_ms_, max_time_ms_)) blocks.push_back(block);
  }
  return blocks;
}

// One entry a label set, with its series in memory and in blocks.
class DatabaseQuerier::Set : public storage::SeriesSet {
 public:
  Set(const DatabaseQuerier& querier, SeriesIndex::Found found)
      : querier_(querier), found_(std::move(found)) {}

  // Adds what a block has; blocks come by time.
  Status AddBlock(const BlockPtr& block, const std::vector<storage::Matcher>& matchers) {
    ASSIGN_OR_RETURN(const SlotList selected, block->Select(matchers));
    const bool first = found_.labels.empty();
    std::vector<ChunkMeta> chunks;
    size_t next = 0;  // where the series is likely to be: blocks mostly have the same
    for (Slot slot : selected) {
      ASSIGN_OR_RETURN(LabelSet labels, block->index().Series(slot, chunks));
      const size_t begin = chunks_.size();
      std::copy_if(chunks.begin(), chunks.end(), std::back_inserter(chunks_),
                   [&](const ChunkMeta& chunk) {
                     return chunk.max_time_ms >= querier_.min_time_ms_ &&
                            chunk.min_time_ms <= querier_.max_time_ms_;
                   });
      if (chunks_.size() == begin) continue;
      const size_t index = first ? Add(std::move(labels)) : FindOrAdd(std::move(labels), next);
      next = index + 1;
      AddPart(index, {block.get(), slot, begin, chunks_.size(), kNoPart});
    }
    holders_.push_back(block);
    return {};
  }
  void FinishAdding() {
    known_ = {};
    if (!ends_.empty()) ends_.resize(found_.labels.size());
  }

  size_t size() const override { return found_.labels.size(); }
  const LabelSet& labels(size_t index) const override { return found_.labels[index]; }

  Status Read(size_t index, storage::SampleColumns& samples) const override {
    samples.Clear();
    Expect(index + 1);
    const Status status = ReadBlocks(index, samples);
    if (!status.ok()) return status.Prefixed("series " + found_.labels[index].ToString());
    const MemSeries* series = found_.series[index];
    if (series == nullptr) return {};
    const int64_t min_time_ms =
        std::max<int64_t>(querier_.min_time_ms_, querier_.view_->head_min_time_ms);
    const std::lock_guard lock(querier_.database_.index_.stripe(*series));
    // Nearly always blocks end before memory begins.
    const bool behind = samples.size() == 0 || samples.timestamps_ms.back() < min_time_ms;
    if (behind && !series->late && !series->deleted) return ReadHead(*series, min_time_ms, samples);
    storage::SampleColumns more;
    RETURN_IF_ERROR(ReadHead(*series, min_time_ms, more));
    if (series->late) {
      RETURN_IF_ERROR(series->late->Read(querier_.min_time_ms_, querier_.max_time_ms_,
                                         querier_.guard_.pin(), more));
    }
    if (series->deleted) RemoveDeleted(*series->deleted, 0, more);
    MergeSamples(samples, more);
    return {};
  }

 private:
  static constexpr size_t kNoPart = SIZE_MAX;

  // A series of one block: a run of chunks_.
  struct Part {
    const Block* block;
    Slot series;
    size_t begin;
    size_t end;
    size_t next;  // of the same label set, in parts_
  };
  struct Ends {
    size_t first = kNoPart;
    size_t last = kNoPart;
  };

  size_t Add(LabelSet labels) {
    found_.labels.push_back(std::move(labels));
    found_.series.push_back(nullptr);
    return found_.labels.size() - 1;
  }

  size_t FindOrAdd(LabelSet labels, size_t guess) {
    if (guess < found_.labels.size() && found_.labels[guess] == labels) return guess;
    for (size_t i = known_.size(); i < found_.labels.size(); ++i)
      known_.emplace(found_.labels[i], i);
    const auto [entry, added] = known_.try_emplace(labels, found_.labels.size());
    return added ? Add(std::move(labels)) : entry->second;
  }

  void AddPart(size_t index, const Part& part) {
    if (ends_.size() <= index) ends_.resize(std::max(index + 1, found_.labels.size()));
    Ends& ends = ends_[index];
    (ends.first == kNoPart ? ends.first : parts_[ends.last].next) = parts_.size();
    ends.last = parts_.size();
    parts_.push_back(part);
  }

  // Series are mostly read in their order.
  void Expect(size_t index) const {
    if (index >= ends_.size()) return;
    for (size_t i = ends_[index].first; i != kNoPart; i = parts_[i].next) {
      const Part& part = parts_[i];
      part.block->Expect({&chunks_[part.begin], part.end - part.begin});
    }
  }

  Status ReadBlocks(size_t index, storage::SampleColumns& samples) const {
    if (ends_.empty()) return {};
    for (size_t i = ends_[index].first; i != kNoPart; i = parts_[i].next) {
      const Part& part = parts_[i];
      const std::span chunks(&chunks_[part.begin], part.end - part.begin);
      const bool behind =
          samples.size() == 0 || samples.timestamps_ms.back() < chunks.front().min_time_ms;
      storage::SampleColumns more;
      storage::SampleColumns& out = behind ? samples : more;
      const Status status =
          part.block->Read(part.series, chunks, querier_.min_time_ms_, querier_.max_time_ms_, out);
      if (!status.ok()) return status.Prefixed("block " + part.block->meta().ulid);
      if (!behind) MergeSamples(samples, more);
    }
    return {};
  }

  Status ReadHead(const MemSeries& series, int64_t min_time_ms,
                  storage::SampleColumns& samples) const {
    return series.Read(min_time_ms, querier_.max_time_ms_,
                       series.marks.HiddenFrom(querier_.guard_.pin()), samples);
  }

  const DatabaseQuerier& querier_;
  SeriesIndex::Found found_;
  std::vector<ChunkMeta> chunks_;
  std::vector<Part> parts_;
  std::vector<Ends> ends_;  // of the parts of each label set; empty: none has any
  std::vector<BlockPtr> holders_;
  absl::flat_hash_map<LabelSet, size_t> known_;  // while adding
};

Result<std::unique_ptr<storage::SeriesSet>> DatabaseQuerier::Select(
    const std::vector<storage::Matcher>& matchers) const {
  auto set = std::make_unique<Set>(
      *this, HeadOverlaps() ? database_.index_.Select(matchers) : SeriesIndex::Found());
  for (const BlockPtr& block : Blocks())
    RETURN_IF_ERROR(set->AddBlock(block, matchers).Prefixed("block " + block->meta().ulid));
  set->FinishAdding();
  return std::unique_ptr<storage::SeriesSet>(std::move(set));
}

Result<std::vector<std::string>> DatabaseQuerier::LabelNames(
    const std::vector<storage::Matcher>& matchers) const {
  std::vector<std::string> in_head;
  if (HeadOverlaps()) in_head = database_.index_.LabelNames(matchers);
  const std::vector<BlockPtr> blocks = Blocks();
  if (blocks.empty()) return in_head;
  Block::Texts names(in_head.begin(), in_head.end());
  for (const BlockPtr& block : blocks) RETURN_IF_ERROR(block->AddLabelNames(matchers, names));
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> DatabaseQuerier::LabelValues(
    std::string_view name, const std::vector<storage::Matcher>& matchers) const {
  std::vector<std::string> in_head;
  if (HeadOverlaps()) in_head = database_.index_.LabelValues(name, matchers);
  const std::vector<BlockPtr> blocks = Blocks();
  if (blocks.empty()) return in_head;
  Block::Texts values(in_head.begin(), in_head.end());
  for (const BlockPtr& block : blocks)
    RETURN_IF_ERROR(block->AddLabelValues(name, matchers, values));
  return std::vector<std::string>(values.begin(), values.end());
}

Result<std::vector<storage::ExemplarSeries>> DatabaseQuerier::SelectExemplars(
    const std::vector<std::vector<storage::Matcher>>& selections) const {
  return database_.exemplars_.Select(min_time_ms_, max_time_ms_, selections);
}

}  // namespace narthex::tsdb
