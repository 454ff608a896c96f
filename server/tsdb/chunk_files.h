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

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/chunk.h"

namespace narthex::tsdb {

inline constexpr uint64_t kMaxChunkSegmentBytes = 512ULL << 20;

// "000012"
std::string ChunkSegmentName(uint64_t number);

// Safe from many threads.
class ChunkReader {
 public:
  // kCorruption where a segment is missing or none.
  static Result<std::unique_ptr<ChunkReader>> Open(Files& files, const std::string& directory);

  // The chunk at `ref`, its checksum verified where `verify` says so; lives as long as the reader.
  Result<ChunkView> Read(uint64_t ref, bool verify = true) const;

  uint64_t size_bytes() const;

 private:
  std::vector<std::unique_ptr<MappedFile>> segments_;
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
