#include "server/tsdb/head_block.h"

#include <functional>

#include "server/tsdb/block_writer.h"
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {

namespace {

// Whether a series has what the block is for, and how its chunks come there.
using SeriesFilter = std::function<bool(const MemSeries& series)>;
using SeriesCopier = std::function<Status(const MemSeries& series, BlockWriter& writer)>;

bool All(const MemSeries&) { return true; }

Result<BlockMeta> WriteBlock(Files& files, const std::string& directory, const SeriesIndex& index,
                             BlockMeta meta, const SeriesFilter& wanted, const SeriesCopier& copy) {
  const SeriesIndex::Ordered ordered = index.OrderSeries(wanted);
  meta.sources = {meta.ulid};
  ASSIGN_OR_RETURN(auto writer,
                   BlockWriter::Open(files, directory, std::move(meta), ordered.symbols));
  std::vector<SymbolPair> labels;
  for (const MemSeries* series : ordered.series) {
    RETURN_IF_ERROR(copy(*series, *writer));
    labels.clear();
    for (const LabelIds& ids : series->labels())
      labels.push_back({ordered.number_of[ids.name], ordered.number_of[ids.value]});
    RETURN_IF_ERROR(writer->EndSeries(labels));
  }
  return writer->Finish();
}

ChunkVisitor AddingTo(BlockWriter& writer, const NewBlock& block) {
  return [&writer, metrics = block.metrics](ChunkView view, int64_t first_ms, int64_t last_ms) {
    if (metrics != nullptr) metrics->Observe(view, first_ms, last_ms);
    return writer.AddChunk(view, first_ms, last_ms);
  };
}

Status CopyWithout(const Intervals& deleted, const std::vector<OwnedChunk>& chunks, Interval wanted,
                   const NewBlock& to, BlockWriter& writer) {
  storage::SampleColumns samples;
  for (const OwnedChunk& chunk : chunks) {
    RETURN_IF_ERROR(
        DecodeChunk(chunk.view(), wanted.min_time_ms, wanted.max_time_ms, SIZE_MAX, samples));
  }
  RemoveDeleted(deleted, 0, samples);
  return EncodeChunks(samples, to.float_encoding, AddingTo(writer, to));
}

}  // namespace

namespace {

Result<BlockMeta> WriteInOrder(Files& files, const SeriesIndex& index, BlockMeta meta,
                               const SeriesFilter& wanted, const NewBlock& to) {
  const Interval range{meta.min_time_ms, meta.max_time_ms - 1};
  std::vector<OwnedChunk> chunks;
  const auto copy = [&](const MemSeries& series, BlockWriter& writer) -> Status {
    chunks.clear();
    Intervals deleted;
    {
      const std::lock_guard lock(index.stripe(series));
      series.CopyChunks(range.min_time_ms, range.max_time_ms, chunks);
      if (series.deleted) deleted = *series.deleted;
    }
    if (!deleted.empty()) return CopyWithout(deleted, chunks, range, to, writer);
    for (const OwnedChunk& chunk : chunks) {
      RETURN_IF_ERROR(VisitSlice(chunk.view(), {chunk.min_time_ms, chunk.max_time_ms}, range,
                                 to.float_encoding, AddingTo(writer, to)));
    }
    return {};
  };
  return WriteBlock(files, to.directory, index, std::move(meta), wanted, copy);
}

}  // namespace

Result<BlockMeta> WriteHeadBlock(Files& files, const SeriesIndex& index, int64_t min_time_ms,
                                 int64_t max_time_ms, const NewBlock& to) {
  BlockMeta meta{
      .ulid = NewUlid(to.now_ms), .min_time_ms = min_time_ms, .max_time_ms = max_time_ms};
  return WriteInOrder(files, index, std::move(meta), All, to);
}

Result<BlockMeta> WriteEndedBlock(Files& files, const SeriesIndex& index, const EndedSet& ended,
                                  int64_t min_time_ms, int64_t max_time_ms, const NewBlock& to) {
  BlockMeta meta{
      .ulid = NewUlid(to.now_ms), .min_time_ms = min_time_ms, .max_time_ms = max_time_ms};
  // By the second, versions of the reference that do not know the first one do not take it for all
  // of its time either.
  meta.hints = {std::string(kFromStaleSeries), std::string(kFromOutOfOrder)};
  const auto wanted = [&](const MemSeries& series) { return ended.contains(&series); };
  return WriteInOrder(files, index, std::move(meta), wanted, to);
}

Result<BlockMeta> WriteSnapshotBlock(Files& files, const SeriesIndex& index, int64_t min_time_ms,
                                     int64_t max_time_ms, const NewBlock& to) {
  BlockMeta meta{
      .ulid = NewUlid(to.now_ms), .min_time_ms = min_time_ms, .max_time_ms = max_time_ms};
  storage::SampleColumns samples;
  const auto copy = [&](const MemSeries& series, BlockWriter& writer) -> Status {
    samples.Clear();
    {
      const std::lock_guard lock(index.stripe(series));
      RETURN_IF_ERROR(series.Read(min_time_ms, max_time_ms - 1, 0, samples));
      if (series.late)
        RETURN_IF_ERROR(series.late->Read(min_time_ms, max_time_ms - 1, UINT64_MAX, samples));
      if (series.deleted) RemoveDeleted(*series.deleted, 0, samples);
    }
    return EncodeChunks(samples, to.float_encoding, AddingTo(writer, to));
  };
  return WriteBlock(files, to.directory, index, std::move(meta), All, copy);
}

Result<BlockMeta> WriteLateBlock(Files& files, const SeriesIndex& index, int64_t min_time_ms,
                                 int64_t max_time_ms, const NewBlock& to) {
  BlockMeta meta{
      .ulid = NewUlid(to.now_ms), .min_time_ms = min_time_ms, .max_time_ms = max_time_ms};
  meta.hints = {std::string(kFromOutOfOrder)};
  storage::SampleColumns samples;
  const auto copy = [&](const MemSeries& series, BlockWriter& writer) -> Status {
    samples.Clear();
    {
      const std::lock_guard lock(index.stripe(series));
      if (!series.late) return {};
      RETURN_IF_ERROR(
          series.late->ReadSealed(series.late_sealed, min_time_ms, max_time_ms - 1, samples));
      if (series.deleted) RemoveDeleted(*series.deleted, 0, samples);
    }
    return EncodeChunks(samples, to.float_encoding, AddingTo(writer, to));
  };
  const auto wanted = [&](const MemSeries& series) {
    const std::lock_guard lock(index.stripe(series));
    return series.late != nullptr;
  };
  return WriteBlock(files, to.directory, index, std::move(meta), wanted, copy);
}

}  // namespace narthex::tsdb
