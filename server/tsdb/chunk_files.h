// The folder `chunks` of a block: segments 000001, 000002, … of chunks one after the other.
//   offset  size  field
//   0       4     magic 0x85BD40DD, big-endian
//   4       1     version, 1
//   5       3     zero
//   then per chunk: size of the data as varint, encoding (1 byte), data, CRC-32C of encoding and
//   data
// A chunk is known by (number of the segment, from 0) << 32 | offset in it.
#ifndef NARTHEX_SERVER_TSDB_CHUNK_FILES_H_
#define NARTHEX_SERVER_TSDB_CHUNK_FILES_H_

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/chunk.h"

namespace narthex::tsdb {

inline constexpr uint64_t kMaxChunkSegmentBytes = 512ULL << 20;

// "000012"
std::string ChunkSegmentName(uint64_t number);

// Which chunks of a segment have been found whole: a bit for eight bytes of the segment; no
// chunk that has samples is shorter. Memory is taken where chunks are looked at. Safe from many
// threads.
class VerifiedChunks {
 public:
  explicit VerifiedChunks(size_t segment_bytes);

  bool Has(uint64_t offset) const { return (WordOf(offset).load(kOrder) & BitOf(offset)) != 0; }
  void Add(uint64_t offset) { WordOf(offset).fetch_or(BitOf(offset), kOrder); }

 private:
  // What the bits guard does not change.
  static constexpr auto kOrder = std::memory_order_relaxed;
  struct Free {
    void operator()(uint64_t* words) const { std::free(words); }  // NOLINT(*-no-malloc)
  };

  std::atomic_ref<uint64_t> WordOf(uint64_t offset) const {
    return std::atomic_ref(words_[offset / 8 / 64]);
  }
  static uint64_t BitOf(uint64_t offset) { return uint64_t{1} << (offset / 8 % 64); }

  std::unique_ptr<uint64_t[], Free> words_;
};

// Safe from many threads.
class ChunkReader {
 public:
  // kCorruption where a segment is missing or none.
  static Result<std::unique_ptr<ChunkReader>> Open(Files& files, const std::string& directory);

  // When the checksum of a chunk is verified: when it is first read, which queries do with, or each
  // time.
  enum class Verify : uint8_t { kOnce, kAlways, kNever };

  // The chunk at `ref`; lives as long as the reader.
  Result<ChunkView> Read(uint64_t ref, Verify verify = Verify::kOnce) const;

  // Brings what is at `ref` near, since it is read soon.
  void Prefetch(uint64_t ref, size_t bytes) const;

  uint64_t size_bytes() const;

 private:
  struct Segment {
    std::unique_ptr<MappedFile> file;
    std::unique_ptr<VerifiedChunks> verified;
  };
  std::vector<Segment> segments_;
};

// Use from one thread.
class ChunkWriter {
 public:
  ChunkWriter(Files& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  // Returns the ref.
  Result<uint64_t> Write(ChunkView chunk);
  // Syncs all; nothing may be written afterwards.
  Status Finish();

 private:
  Status NextSegment();
  Status Flush();

  Files& files_;
  const std::string directory_;
  std::unique_ptr<AppendFile> file_;
  std::string buffer_;
  uint64_t segment_ = 0;  // from 1; 0 before the first
  uint64_t segment_bytes_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CHUNK_FILES_H_
