#include "server/tsdb/block_writer.h"

#include "server/tsdb/tombstones.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {

Result<std::unique_ptr<BlockWriter>> BlockWriter::Open(
    Files& files, const std::string& directory, BlockMeta meta,
    const std::vector<std::string_view>& symbols) {
  std::unique_ptr<BlockWriter> writer(new BlockWriter(files, directory, std::move(meta)));
  const std::string chunks = writer->temporary_ + "/chunks";
  RETURN_IF_ERROR(files.MakeDirectories(chunks));
  writer->chunks_ = std::make_unique<ChunkWriter>(files, chunks);
  ASSIGN_OR_RETURN(writer->index_,
                   IndexWriter::Open(files, writer->temporary_ + "/index", symbols));
  return writer;
}

BlockWriter::~BlockWriter() {
  if (finished_) return;
  chunks_.reset();
  index_.reset();
  (void)files_.Remove(temporary_);
}

Status BlockWriter::AddChunk(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms) {
  const size_t samples = ChunkSampleCount(chunk);
  ASSIGN_OR_RETURN(const uint64_t ref, chunks_->Write(chunk));
  series_chunks_.push_back({min_time_ms, max_time_ms, ref});
  ++meta_.stats.chunks;
  meta_.stats.samples += samples;
  (IsFloatChunk(chunk.encoding) ? meta_.stats.float_samples : meta_.stats.histogram_samples) +=
      samples;
  return {};
}

Status BlockWriter::EndSeries(const std::vector<SymbolPair>& labels) {
  if (series_chunks_.empty()) return {};
  RETURN_IF_ERROR(index_->AddSeries(labels, series_chunks_));
  series_chunks_.clear();
  ++meta_.stats.series;
  return {};
}

Result<BlockMeta> BlockWriter::Finish() {
  if (meta_.stats.series == 0) return meta_;
  RETURN_IF_ERROR(chunks_->Finish());
  RETURN_IF_ERROR(index_->Finish());
  RETURN_IF_ERROR(WriteWholeFile(files_, temporary_ + "/tombstones", FormatTombstones({})));
  RETURN_IF_ERROR(WriteWholeFile(files_, temporary_ + "/meta.json", FormatBlockMeta(meta_)));
  RETURN_IF_ERROR(files_.SyncDirectory(temporary_));
  RETURN_IF_ERROR(files_.Rename(temporary_, directory_ + "/" + meta_.ulid));
  finished_ = true;
  RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  return meta_;
}

Status WriteWholeFile(Files& files, const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  RETURN_IF_ERROR(files.Remove(temporary));
  {
    ASSIGN_OR_RETURN(const auto file, files.Create(temporary));
    RETURN_IF_ERROR(file->Append(content));
    RETURN_IF_ERROR(file->Sync());
  }
  return files.Rename(temporary, path);
}

}  // namespace narthex::tsdb
