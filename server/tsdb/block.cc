#include "server/tsdb/block.h"

#include <algorithm>
#include <array>
#include <optional>

#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {

using storage::Matcher;

Result<BlockMeta> ReadBlockMeta(Files& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const auto file, files.Map(folder + "/meta.json"));
  return ParseBlockMeta(file->bytes());
}

Result<std::shared_ptr<const Block>> Block::Open(Files& files, const std::string& folder) {
  std::shared_ptr<Block> block(new Block);
  ASSIGN_OR_RETURN(const auto meta, files.Map(folder + "/meta.json"));
  ASSIGN_OR_RETURN(block->meta_, ParseBlockMeta(meta->bytes()));
  block->other_bytes_ = meta->bytes().size();
  ASSIGN_OR_RETURN(auto index, files.Map(folder + "/index"));
  ASSIGN_OR_RETURN(block->index_, IndexReader::Open(std::move(index)));
  ASSIGN_OR_RETURN(block->chunks_, ChunkReader::Open(files, folder + "/chunks"));
  const auto tombstones = files.Map(folder + "/tombstones");
  if (tombstones.ok()) {
    ASSIGN_OR_RETURN(block->tombstones_, ParseTombstones((*tombstones)->bytes()));
    block->other_bytes_ += (*tombstones)->bytes().size();
  } else if (tombstones.code() != Code::kNotFound) {
    return tombstones.status();
  }
  return std::shared_ptr<const Block>(std::move(block));
}

const Intervals* Block::DeletedOf(Slot series) const {
  const auto found = tombstones_.find(series);
  return found == tombstones_.end() ? nullptr : &found->second;
}

Result<SlotList> Block::Taken(const Matcher& matcher, bool negate) const {
  std::vector<SlotList> lists;
  const bool by_literals = !matcher.literals().empty() && matcher.negative() == negate;
  if (by_literals) {
    for (const std::string& literal : matcher.literals()) {
      ASSIGN_OR_RETURN(auto list, index_->Postings(matcher.name(), literal));
      lists.push_back(std::move(list));
    }
  } else {
    std::vector<uint64_t> offsets;
    RETURN_IF_ERROR(index_->VisitValues(matcher.name(), [&](std::string_view value, uint64_t at) {
      if (matcher.Matches(value) != negate) offsets.push_back(at);
    }));
    for (uint64_t offset : offsets) {
      ASSIGN_OR_RETURN(auto list, index_->PostingsAt(offset));
      lists.push_back(std::move(list));
    }
  }
  std::vector<const SlotList*> all;
  all.reserve(lists.size());
  for (const SlotList& list : lists) all.push_back(&list);
  return Unite(all);
}

Result<SlotList> Block::Select(const std::vector<Matcher>& matchers) const {
  std::optional<SlotList> found;
  for (const Matcher& matcher : matchers) {
    if (matcher.MatchesEmpty()) continue;
    ASSIGN_OR_RETURN(auto taken, Taken(matcher, false));
    found = found ? Intersect(*found, taken) : std::move(taken);
    if (found->empty()) return SlotList();
  }
  if (!found) {
    ASSIGN_OR_RETURN(found, index_->Postings("", ""));
  }
  for (const Matcher& matcher : matchers) {
    if (!matcher.MatchesEmpty()) continue;
    ASSIGN_OR_RETURN(const auto refused, Taken(matcher, true));
    found = Subtract(*found, refused);
  }
  return *std::move(found);
}

namespace {

// Whole chunks of plain floats that follow each other, which are decoded together.
class XorRun {
 public:
  explicit XorRun(storage::SampleColumns& samples) : samples_(samples) {}

  void Add(std::string_view chunk) { chunks_[size_++] = chunk; }
  bool full() const { return size_ == chunks_.size(); }
  Status Decode() {
    if (size_ == 0) return {};
    Status status = DecodeXorChunks(std::span(chunks_).first(size_), samples_);
    size_ = 0;
    if (samples_.has_histograms()) samples_.histograms.resize(samples_.size());
    if (!samples_.starts_ms.empty()) samples_.starts_ms.resize(samples_.size());
    return status;
  }

 private:
  std::array<std::string_view, 8> chunks_;
  size_t size_ = 0;
  storage::SampleColumns& samples_;
};

}  // namespace

Status Block::Read(Slot series, std::span<const ChunkMeta> chunks, int64_t min_time_ms,
                   int64_t max_time_ms, storage::SampleColumns& samples) const {
  const size_t begin = samples.size();
  int64_t last_ms = INT64_MIN;
  XorRun run(samples);
  for (const ChunkMeta& chunk : chunks) {
    if (chunk.max_time_ms < min_time_ms || chunk.min_time_ms > max_time_ms) continue;
    ASSIGN_OR_RETURN(const ChunkView view, chunks_->Read(chunk.ref));
    const bool behind = chunk.min_time_ms > last_ms;
    last_ms = std::max(last_ms, chunk.max_time_ms);
    const bool whole = chunk.min_time_ms >= min_time_ms && chunk.max_time_ms <= max_time_ms;
    if (behind && whole && view.encoding == ChunkEncoding::kXor) {
      run.Add(view.bytes);
      if (run.full()) RETURN_IF_ERROR(run.Decode());
      continue;
    }
    RETURN_IF_ERROR(run.Decode());
    if (behind) {
      RETURN_IF_ERROR(DecodeChunk(view, min_time_ms, max_time_ms, SIZE_MAX, samples));
    } else {  // blocks of out-of-order data have chunks that overlap
      storage::SampleColumns more;
      RETURN_IF_ERROR(DecodeChunk(view, min_time_ms, max_time_ms, SIZE_MAX, more));
      MergeSamples(samples, more);
    }
  }
  RETURN_IF_ERROR(run.Decode());
  if (const Intervals* deleted = DeletedOf(series)) RemoveDeleted(*deleted, begin, samples);
  return {};
}

// The chunks of a series mostly lie one behind the other.
void Block::Expect(std::span<const ChunkMeta> chunks) const {
  constexpr uint64_t kUsualBytes = 768;
  constexpr uint64_t kMostBytes = 16 << 10;
  if (chunks.empty()) return;
  const uint64_t bytes = chunks.back().ref - chunks.front().ref + kUsualBytes;
  chunks_->Prefetch(chunks.front().ref, bytes <= kMostBytes ? bytes : kUsualBytes);
}

Status Block::AddLabelNames(const std::vector<Matcher>& matchers, Texts& names) const {
  if (matchers.empty()) {
    for (std::string_view name : index_->Names()) names.emplace(name);
    return {};
  }
  ASSIGN_OR_RETURN(const SlotList selected, Select(matchers));
  std::vector<ChunkMeta> chunks;
  for (Slot series : selected) {
    ASSIGN_OR_RETURN(const LabelSet labels, index_->Series(series, chunks));
    for (const Label label : labels) {
      if (!names.contains(label.name)) names.emplace(label.name);
    }
  }
  return {};
}

Status Block::AddLabelValues(std::string_view name, const std::vector<Matcher>& matchers,
                             Texts& values) const {
  if (matchers.empty()) {
    return index_->VisitValues(name,
                               [&](std::string_view value, uint64_t) { values.emplace(value); });
  }
  ASSIGN_OR_RETURN(const SlotList selected, Select(matchers));
  if (selected.empty()) return {};
  std::vector<std::pair<std::string_view, uint64_t>> candidates;
  RETURN_IF_ERROR(index_->VisitValues(name, [&](std::string_view value, uint64_t at) {
    if (!values.contains(value)) candidates.emplace_back(value, at);
  }));
  for (const auto& [value, at] : candidates) {
    ASSIGN_OR_RETURN(const SlotList having, index_->PostingsAt(at));
    if (!Intersect(selected, having).empty()) values.emplace(value);
  }
  return {};
}

namespace {

// A counter is known not to have begun anew against the sample before it of its own chunk only.
storage::HistogramPtr WithoutHint(const storage::HistogramPtr& histogram) {
  if (histogram == nullptr || histogram->hint != storage::CounterResetHint::kNotReset)
    return histogram;
  auto copy = std::make_shared<storage::Histogram>(*histogram);
  copy->hint = storage::CounterResetHint::kUnknown;
  return copy;
}

// Appends samples of two runs by turns.
class Merger {
 public:
  explicit Merger(storage::SampleColumns& to) : to_(to) {}

  void Append(const storage::SampleColumns& from, size_t i) {
    to_.timestamps_ms.push_back(from.timestamps_ms[i]);
    to_.values.push_back(from.values[i]);
    if (!from.histograms.empty() || !to_.histograms.empty()) {
      to_.histograms.resize(to_.size() - 1);
      const storage::HistogramPtr histogram =
          from.histograms.empty() ? nullptr : from.histograms[i];
      to_.histograms.push_back(last_ == &from ? histogram : WithoutHint(histogram));
    }
    if (!from.starts_ms.empty() || !to_.starts_ms.empty()) {
      to_.starts_ms.resize(to_.size() - 1);
      to_.starts_ms.push_back(from.starts_ms.empty() ? 0 : from.starts_ms[i]);
    }
    last_ = &from;
  }

 private:
  storage::SampleColumns& to_;
  const storage::SampleColumns* last_ = nullptr;
};

}  // namespace

void MergeSamples(storage::SampleColumns& samples, const storage::SampleColumns& more) {
  if (more.size() == 0) return;
  storage::SampleColumns merged;
  const bool behind =
      samples.size() == 0 || samples.timestamps_ms.back() < more.timestamps_ms.front();
  Merger merger(behind ? samples : merged);
  size_t a = 0;
  size_t b = 0;
  while (!behind && a < samples.size() && b < more.size()) {
    if (samples.timestamps_ms[a] == more.timestamps_ms[b]) ++b;
    if (b == more.size() || samples.timestamps_ms[a] < more.timestamps_ms[b]) {
      merger.Append(samples, a++);
    } else {
      merger.Append(more, b++);
    }
  }
  for (; !behind && a < samples.size(); ++a) merger.Append(samples, a);
  for (; b < more.size(); ++b) merger.Append(more, b);
  if (!behind) samples = std::move(merged);
}

}  // namespace narthex::tsdb
