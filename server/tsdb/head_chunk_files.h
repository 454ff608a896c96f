// The folder `chunks_head`: finished chunks of the series in memory, mapped from there so that they
// cost no memory of their own. Files 000001, 000002, …, without gaps:
//   offset  size  field
//   0       4     magic 0x0130BC91, big-endian
//   4       1     version, 1
//   5       3     zero
//   then per chunk: ref of the series, first and last time (8 bytes each), encoding (1 byte), size
//   of the data as varint, data, CRC-32C of all that
// The log has the same samples. So files need no sync, one that is damaged is no loss, and a start
// takes chunks from here instead of encoding their samples again. A file of ours has its name only
// when it is whole; the reference writes to its last one, whose end may be zeros or a cut chunk.
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

// The chunks of samples in order that an earlier run left. What they hold lives as long as their
// files do: see HeadChunkFiles::RemoveBefore().
class FoundHeadChunks {
 public:
  // Those of one series, in the order of their writing.
  void VisitOf(storage::SeriesRef ref, const std::function<void(const HeadChunk&)>& visit) const;

  size_t size() const { return chunks_.size(); }
  storage::SeriesRef last_ref() const {
    return chunks_.empty() ? storage::kNoRef : chunks_.back().ref;
  }
  size_t dropped_files() const { return dropped_files_; }  // damaged, or behind one that is
  const Status& damage() const { return damage_; }         // of the first of these

 private:
  friend class HeadChunkFiles;
  struct Place {
    storage::SeriesRef ref;
    const char* at;  // of the whole chunk, which was checked
  };

  std::vector<Place> chunks_;  // by ref
  size_t dropped_files_ = 0;
  Status damage_;
};

// Used by one thread, but for size_bytes().
class HeadChunkFiles {
 public:
  HeadChunkFiles(Files& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  // Makes the folder, or takes over what is in it: files up to the first that is damaged, and
  // removes the others. Checks on so many threads.
  Result<FoundHeadChunks> Open(size_t threads);

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
  struct Checked {
    std::unique_ptr<MappedFile> mapped;
    int64_t max_time_ms = storage::kMinTime;
    std::vector<FoundHeadChunks::Place> chunks;
    Status damage;
  };

  std::vector<Checked> CheckAll(uint64_t first_number, size_t count, size_t threads) const;
  Checked Check(uint64_t number) const;
  void Adopt(Checked file, FoundHeadChunks& found);
  Status RemoveAll(const std::vector<std::string>& names);
  std::string PathOf(uint64_t number) const;
  Status WriteFile(const std::string& path, std::string_view content);

  Files& files_;
  const std::string directory_;
  std::deque<File> written_;  // by number
  uint64_t next_number_ = 1;
  std::atomic<uint64_t> size_bytes_{0};
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_HEAD_CHUNK_FILES_H_
