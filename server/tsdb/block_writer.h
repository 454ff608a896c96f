// Writes a block: into a folder of its own beside the others, which gets its name when it is whole.
#ifndef NARTHEX_SERVER_TSDB_BLOCK_WRITER_H_
#define NARTHEX_SERVER_TSDB_BLOCK_WRITER_H_

#include <memory>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/block_meta.h"
#include "server/tsdb/chunk_files.h"
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/database_metrics.h"
#include "server/tsdb/index_writer.h"

namespace narthex::tsdb {

// What ends in these is a block that is not whole yet or any more.
inline constexpr std::string_view kCreationSuffix = ".tmp-for-creation";
inline constexpr std::string_view kDeletionSuffix = ".tmp-for-deletion";

// What all blocks have in common that are made at a time.
struct NewBlock {
  std::string directory;  // where it goes
  int64_t now_ms = 0;
  FloatEncoding float_encoding = FloatEncoding::kXor;  // of what is encoded anew
  BlockChunkMetrics* metrics = nullptr;                // null: chunks are not observed
};

// Use from one thread. Destroyed before Finish() it removes what it wrote.
class BlockWriter {
 public:
  // `meta` says all but the statistics. `symbols` as for IndexWriter.
  static Result<std::unique_ptr<BlockWriter>> Open(Files& files, const std::string& directory,
                                                   BlockMeta meta,
                                                   const std::vector<std::string_view>& symbols);
  ~BlockWriter();

  // Adds a chunk of the next series, by time.
  Status AddChunk(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms);
  // Ends the series; one without chunks is left out. Series come in the order of their labels.
  Status EndSeries(const std::vector<SymbolPair>& labels);

  // Writes the rest and gives the folder its name. A block without series is not written.
  Result<BlockMeta> Finish();

 private:
  BlockWriter(Files& files, std::string directory, BlockMeta meta)
      : files_(files),
        directory_(std::move(directory)),
        meta_(std::move(meta)),
        temporary_(directory_ + "/" + meta_.ulid + std::string(kCreationSuffix)) {}

  Files& files_;
  const std::string directory_;
  BlockMeta meta_;
  const std::string temporary_;
  std::unique_ptr<ChunkWriter> chunks_;
  std::unique_ptr<IndexWriter> index_;
  std::vector<ChunkMeta> series_chunks_;
  bool finished_ = false;
};

// Replaces a small file so that it is whole at any moment.
Status WriteWholeFile(Files& files, const std::string& path, std::string_view content);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BLOCK_WRITER_H_
