// A chunk of a live series that takes no more samples: on the heap, or in a mapped file.
#ifndef NARTHEX_SERVER_TSDB_FINISHED_CHUNK_H_
#define NARTHEX_SERVER_TSDB_FINISHED_CHUNK_H_

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "server/tsdb/byte_buffer.h"
#include "server/tsdb/chunk.h"

namespace narthex::tsdb {

class FinishedChunk {
 public:
  FinishedChunk(int64_t min_time_ms, int64_t max_time_ms, ChunkEncoding encoding, ByteBuffer bytes)
      : min_time_ms_(min_time_ms),
        max_time_ms_(max_time_ms),
        size_(static_cast<uint32_t>(bytes.size())),
        encoding_(encoding),
        on_heap_(true) {
    data_ = reinterpret_cast<const char*>(bytes.Release());
  }
  // In a mapped file, which outlives it.
  FinishedChunk(int64_t min_time_ms, int64_t max_time_ms, ChunkView mapped)
      : min_time_ms_(min_time_ms),
        max_time_ms_(max_time_ms),
        data_(mapped.bytes.data()),
        size_(static_cast<uint32_t>(mapped.bytes.size())),
        encoding_(mapped.encoding) {}
  FinishedChunk(FinishedChunk&& other) noexcept { *this = std::move(other); }
  FinishedChunk& operator=(FinishedChunk&& other) noexcept {
    std::swap(min_time_ms_, other.min_time_ms_);
    std::swap(max_time_ms_, other.max_time_ms_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(encoding_, other.encoding_);
    std::swap(on_heap_, other.on_heap_);
    return *this;
  }
  ~FinishedChunk() { Free(); }

  int64_t min_time_ms() const { return min_time_ms_; }
  int64_t max_time_ms() const { return max_time_ms_; }
  ChunkView view() const { return {encoding_, {data_, size_}}; }
  bool on_heap() const { return on_heap_; }

  // Takes the same bytes elsewhere, which outlive the chunk, in the place of those on the heap.
  void MoveTo(std::string_view mapped) {
    Free();
    data_ = mapped.data();
    on_heap_ = false;
  }

 private:
  void Free() {
    if (on_heap_) std::free(const_cast<char*>(data_));
  }

  int64_t min_time_ms_ = 0;
  int64_t max_time_ms_ = 0;
  const char* data_ = nullptr;
  uint32_t size_ = 0;
  ChunkEncoding encoding_ = ChunkEncoding::kNone;
  bool on_heap_ = false;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_FINISHED_CHUNK_H_
