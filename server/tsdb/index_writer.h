// Writes the index of a block. See index_format.h.
#ifndef NARTHEX_SERVER_TSDB_INDEX_WRITER_H_
#define NARTHEX_SERVER_TSDB_INDEX_WRITER_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/chunk.h"
#include "server/tsdb/postings.h"

namespace narthex::tsdb {

// One label as the numbers of its texts among the symbols.
struct SymbolPair {
  uint32_t name;
  uint32_t value;
};

// Use from one thread. Keeps the postings in memory: 4 bytes a label of a series.
class IndexWriter {
 public:
  // `symbols` are all texts that will be used, sorted, each once; they outlive the writer.
  static Result<std::unique_ptr<IndexWriter>> Open(Files& files, const std::string& path,
                                                   const std::vector<std::string_view>& symbols);

  // Series come in the order of their labels, chunks by time. kLimit beyond 64 GiB of series.
  Status AddSeries(const std::vector<SymbolPair>& labels, const std::vector<ChunkMeta>& chunks);
  // Writes the rest and syncs.
  Status Finish();

 private:
  IndexWriter(std::unique_ptr<AppendFile> file, const std::vector<std::string_view>& symbols)
      : file_(std::move(file)), symbols_(symbols) {}

  Status WriteSymbols();
  Status WritePostings();
  Status WritePostingsTable();
  uint64_t position() const { return flushed_bytes_ + buffer_.size(); }
  void Align(size_t alignment);
  Status FlushIfLarge();
  Status Flush();

  struct List {
    uint64_t pair;  // name << 32 | value
    uint64_t offset;
  };

  std::unique_ptr<AppendFile> file_;
  const std::vector<std::string_view>& symbols_;
  std::string buffer_;
  std::string entry_;
  uint64_t flushed_bytes_ = 0;
  uint64_t series_begin_ = 0;
  uint64_t postings_begin_ = 0;
  uint64_t table_begin_ = 0;
  SlotList all_;
  absl::flat_hash_map<uint64_t, SlotList> postings_;
  std::vector<List> lists_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_INDEX_WRITER_H_
