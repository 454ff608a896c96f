// The folder `chunks_head`: finished chunks of the series in memory, mapped from there so that they
// cost no memory of their own. Files 000001, 000002, …, without gaps:
//   offset  size  field
//   0       4     magic 0x0130BC91, big-endian
//   4       1     version, 1
//   5       3     zero
//   then per chunk: ref of the series, first and last time (8 bytes each), encoding (1 byte), size
//   of the data as varint, data, CRC-32C of all that
// The log has the same samples: the files are written anew after each start, and a file has its
// name only when it is whole.
#ifndef NARTHEX_SERVER_TSDB_HEAD_CHUNK_FILES_H_
#define NARTHEX_SERVER_TSDB_HEAD_CHUNK_FILES_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/chunk.h"

namespace narthex::tsdb {

inline constexpr uint64_t kMaxHeadChunkFileBytes = 128ULL << 20;

struct HeadChunk {
  storage::SeriesRef ref = storage::kNoRef;
  int64_t min_time_ms = 0;
  int64_t max_time_ms = 0;
  ChunkView chunk;
  bool late = false;  // its samples came out of order
};

// The bit of the encoding that the reference sets on a chunk of samples that came out of order.
inline constexpr uint8_t kLateHeadChunk = 0x80;

// Gives each chunk of a file to `visit`, up to one that is damaged, which is kCorruption, or to an
// error of `visit`. `offset` is where it begins in the file.
using HeadChunkVisitor = std::function<Status(const HeadChunk& chunk, size_t offset)>;
Status VisitHeadChunks(std::string_view file, const HeadChunkVisitor& visit);

// Used by one thread, but for size_bytes().
class HeadChunkFiles {
 public:
  HeadChunkFiles(Files& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  // Makes the folder anew, without what is in it.
  Status Start();

  // Writes chunks to a file of their own; together they fit kMaxHeadChunkFileBytes. Returns where
  // the data of each is mapped, which lives until the file is removed.
  Result<std::vector<std::string_view>> Write(const std::vector<HeadChunk>& chunks);

  // Removes the oldest files as long as all their chunks end before the time: nobody reads them.
  Status RemoveBefore(int64_t min_time_ms);

  uint64_t size_bytes() const { return size_bytes_; }

 private:
  struct File {
    uint64_t number;
    int64_t max_time_ms;
    std::unique_ptr<MappedFile> mapped;
  };

  Status WriteFile(const std::string& path, std::string_view content);

  Files& files_;
  const std::string directory_;
  std::deque<File> written_;  // by number
  uint64_t next_number_ = 1;
  std::atomic<uint64_t> size_bytes_{0};
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_HEAD_CHUNK_FILES_H_
