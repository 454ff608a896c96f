#include "server/tsdb/head_block.h"

#include "server/tsdb/block_writer.h"
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {

Result<BlockMeta> WriteHeadBlock(Files& files, const std::string& directory,
                                 const SeriesIndex& index, int64_t min_time_ms, int64_t max_time_ms,
                                 int64_t now_ms) {
  const SeriesIndex::Ordered ordered = index.OrderSeries();
  BlockMeta meta;
  meta.ulid = NewUlid(now_ms);
  meta.min_time_ms = min_time_ms;
  meta.max_time_ms = max_time_ms;
  meta.sources = {meta.ulid};
  ASSIGN_OR_RETURN(auto writer, BlockWriter::Open(files, directory, meta, ordered.symbols));
  std::vector<OwnedChunk> chunks;
  std::vector<SymbolPair> labels;
  for (const MemSeries* series : ordered.series) {
    chunks.clear();
    {
      const std::lock_guard lock(index.stripe(*series));
      series->CopyChunks(min_time_ms, max_time_ms - 1, chunks);
    }
    for (const OwnedChunk& chunk : chunks) {
      const auto add = [&](ChunkView view, int64_t first_ms, int64_t last_ms) {
        return writer->AddChunk(view, first_ms, last_ms);
      };
      RETURN_IF_ERROR(VisitSlice(chunk.view(), {chunk.min_time_ms, chunk.max_time_ms},
                                 {min_time_ms, max_time_ms - 1}, add));
    }
    labels.clear();
    for (size_t i = 0; i < series->label_count; ++i) {
      labels.push_back(
          {ordered.number_of[series->labels[i].name], ordered.number_of[series->labels[i].value]});
    }
    RETURN_IF_ERROR(writer->EndSeries(labels));
  }
  return writer->Finish();
}

}  // namespace narthex::tsdb
