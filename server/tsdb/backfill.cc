#include "server/tsdb/backfill.h"

#include <algorithm>

#include "server/tsdb/block_merge.h"
#include "server/tsdb/block_writer.h"
#include "server/tsdb/mem_series.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {
namespace {

// What a part costs beside its chunks.
constexpr uint64_t kPartBytes = sizeof(XorChunkWriter) + sizeof(OwnedChunk) + 256;

int64_t RangeStart(int64_t timestamp_ms, int64_t range_ms) {
  const int64_t start_ms = timestamp_ms - timestamp_ms % range_ms;
  return start_ms > timestamp_ms ? start_ms - range_ms : start_ms;
}

bool Ascend(const std::vector<OwnedChunk>& chunks) {
  return std::adjacent_find(chunks.begin(), chunks.end(), [](const auto& a, const auto& b) {
           return b.min_time_ms <= a.max_time_ms;
         }) == chunks.end();
}

}  // namespace

Backfill::Backfill(Files& files, const Clock& clock, BackfillOptions options)
    : files_(files),
      clock_(clock),
      options_(std::move(options)),
      temporary_(options_.directory + "/" + NewUlid(clock.NowMs()) + std::string(kCreationSuffix)) {
}

Backfill::~Backfill() { (void)files_.Remove(temporary_); }

size_t Backfill::SeriesOf(const LabelSet& labels) {
  const auto [entry, added] = numbers_.try_emplace(labels, labels_.size());
  if (added) labels_.push_back(&entry->first);
  return entry->second;
}

Status Backfill::Add(size_t series, int64_t timestamp_ms, double value) {
  Range& range = ranges_[RangeStart(timestamp_ms, options_.block_range_ms)];
  const auto [entry, added] = range.parts.try_emplace(series);
  Part& part = entry->second;
  if (added) {
    range.memory_bytes += kPartBytes;
    memory_bytes_ += kPartBytes;
  }
  const XorChunkWriter& open = part.open;
  if (open.sample_count() > 0 && timestamp_ms == open.last_timestamp_ms()) {
    if (std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(open.last_value())) return {};
    return Status(Code::kDuplicate, "another value for a timestamp that has one");
  }
  const bool late = open.sample_count() > 0 && timestamp_ms < open.last_timestamp_ms();
  if (late || open.sample_count() == kSamplesPerChunk) CloseChunk(part, range);
  if (open.sample_count() == 0) part.open_min_time_ms = timestamp_ms;
  part.open.Append(timestamp_ms, value);
  ++added_;
  return memory_bytes_ > options_.memory_bytes ? MakeRoom() : Status();
}

void Backfill::CloseChunk(Part& part, Range& range) {
  const int64_t max_time_ms = part.open.last_timestamp_ms();
  const ByteBuffer bytes = part.open.Finish();
  part.chunks.push_back(
      {part.open_min_time_ms, max_time_ms, ChunkEncoding::kXor, std::string(bytes.view())});
  const uint64_t size = sizeof(OwnedChunk) + bytes.size();
  range.memory_bytes += size;
  memory_bytes_ += size;
}

// Writes the ranges that hold the most, until half of the memory is free.
Status Backfill::MakeRoom() {
  while (memory_bytes_ > options_.memory_bytes / 2) {
    const auto largest = std::max_element(
        ranges_.begin(), ranges_.end(),
        [](const auto& a, const auto& b) { return a.second.memory_bytes < b.second.memory_bytes; });
    RETURN_IF_ERROR(WritePart(largest->second));
  }
  return {};
}

Status Backfill::WriteSeries(Part& part, BlockWriter& writer) {
  const auto add = [&](ChunkView view, int64_t min_time_ms, int64_t max_time_ms) {
    return writer.AddChunk(view, min_time_ms, max_time_ms);
  };
  if (Ascend(part.chunks)) {
    for (const OwnedChunk& chunk : part.chunks)
      RETURN_IF_ERROR(add(chunk.view(), chunk.min_time_ms, chunk.max_time_ms));
    return {};
  }
  storage::SampleColumns samples;
  storage::SampleColumns more;
  for (const OwnedChunk& chunk : part.chunks) {
    more.Clear();
    RETURN_IF_ERROR(DecodeChunk(chunk.view(), INT64_MIN, INT64_MAX, SIZE_MAX, more));
    MergeSamples(samples, more);
  }
  return EncodeChunks(samples, FloatEncoding::kXor, add);
}

Status Backfill::WritePart(Range& range) {
  std::vector<size_t> order;
  std::vector<std::string_view> symbols;
  BlockMeta meta{.ulid = NewUlid(clock_.NowMs()),
                 .min_time_ms = storage::kMaxTime,
                 .max_time_ms = storage::kMinTime};
  meta.sources = {meta.ulid};
  for (auto& [series, part] : range.parts) {
    CloseChunk(part, range);
    for (const OwnedChunk& chunk : part.chunks) {
      meta.min_time_ms = std::min(meta.min_time_ms, chunk.min_time_ms);
      meta.max_time_ms = std::max(meta.max_time_ms, chunk.max_time_ms + 1);
    }
    order.push_back(series);
    for (const Label label : *labels_[series]) {
      symbols.push_back(label.name);
      symbols.push_back(label.value);
    }
  }
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return *labels_[a] < *labels_[b]; });
  std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  const auto number_of = [&](std::string_view text) {
    return static_cast<uint32_t>(std::lower_bound(symbols.begin(), symbols.end(), text) -
                                 symbols.begin());
  };
  RETURN_IF_ERROR(files_.MakeDirectories(temporary_));
  ASSIGN_OR_RETURN(const auto writer, BlockWriter::Open(files_, temporary_, meta, symbols));
  std::vector<SymbolPair> pairs;
  for (const size_t series : order) {
    RETURN_IF_ERROR(WriteSeries(range.parts.at(series), *writer));
    pairs.clear();
    for (const Label label : *labels_[series])
      pairs.push_back({number_of(label.name), number_of(label.value)});
    RETURN_IF_ERROR(writer->EndSeries(pairs));
  }
  RETURN_IF_ERROR(writer->Finish().status());
  range.written.push_back(meta.ulid);
  memory_bytes_ -= range.memory_bytes;
  range.memory_bytes = 0;
  range.parts = {};
  return {};
}

Result<std::vector<BlockMeta>> Backfill::Finish() {
  std::vector<BlockMeta> blocks;
  for (auto& [start_ms, range] : ranges_) {
    if (!range.parts.empty()) RETURN_IF_ERROR(WritePart(range));
    ASSIGN_OR_RETURN(BlockMeta block, FinishRange(range));
    written_ += block.stats.samples;
    blocks.push_back(std::move(block));
  }
  // All or nothing, as far as that goes.
  for (const BlockMeta& block : blocks) {
    RETURN_IF_ERROR(
        files_.Rename(temporary_ + "/" + block.ulid, options_.directory + "/" + block.ulid));
  }
  RETURN_IF_ERROR(files_.SyncDirectory(options_.directory));
  return blocks;
}

// Makes one block of the parts of a range, beside them.
Result<BlockMeta> Backfill::FinishRange(Range& range) {
  if (range.written.size() == 1)
    return ReadBlockMeta(files_, temporary_ + "/" + range.written.front());
  std::vector<BlockPtr> parts;
  for (const std::string& ulid : range.written) {
    ASSIGN_OR_RETURN(auto part, Block::Open(files_, temporary_ + "/" + ulid));
    parts.push_back(std::move(part));
  }
  ASSIGN_OR_RETURN(BlockMeta merged, MergeBlocks(files_, parts, {temporary_, clock_.NowMs()}));
  // The parts were never blocks of anybody's.
  merged.level = 1;
  merged.parents.clear();
  merged.sources = {merged.ulid};
  const std::string folder = temporary_ + "/" + merged.ulid;
  RETURN_IF_ERROR(WriteWholeFile(files_, folder + "/meta.json", FormatBlockMeta(merged)));
  return merged;
}

}  // namespace narthex::tsdb
