// A chunk of a live series that takes no more samples: in memory, or in a mapped file.
#ifndef NARTHEX_SERVER_TSDB_FINISHED_CHUNK_H_
#define NARTHEX_SERVER_TSDB_FINISHED_CHUNK_H_

#include <cassert>
#include <cstdint>
#include <string_view>
#include <utility>

#include "server/tsdb/chunk.h"
#include "server/tsdb/chunk_arena.h"

namespace narthex::tsdb {

// There are several for each series, so they are kept small.
class FinishedChunk {
 public:
  // What a chunk can span, in milliseconds: three days.
  static constexpr int64_t kMaxSpanMs = (int64_t{1} << 28) - 1;

  FinishedChunk() = default;  // one without bytes
  // In memory of a ChunkArena, which is its own then; or in a mapped file, which outlives it.
  enum class Place : uint8_t { kArena, kFile };
  FinishedChunk(int64_t min_time_ms, int64_t max_time_ms, ChunkView chunk, Place place)
      : min_time_ms_(min_time_ms),
        data_(chunk.bytes.data()),
        size_(static_cast<uint32_t>(chunk.bytes.size())),
        span_ms_(static_cast<uint32_t>(max_time_ms - min_time_ms) & kMaxSpanMs),
        encoding_(static_cast<uint8_t>(chunk.encoding) & 7U),
        in_arena_(place == Place::kArena ? 1 : 0) {
    assert(CanSpan(min_time_ms, max_time_ms) && view().encoding == chunk.encoding);
  }
  FinishedChunk(FinishedChunk&& other) noexcept { Swap(other); }
  FinishedChunk& operator=(FinishedChunk&& other) noexcept {
    Swap(other);
    return *this;
  }
  ~FinishedChunk() { Free(); }

  static bool CanSpan(int64_t min_time_ms, int64_t max_time_ms) {
    return min_time_ms <= max_time_ms &&
           static_cast<uint64_t>(max_time_ms) - static_cast<uint64_t>(min_time_ms) <=
               uint64_t{kMaxSpanMs};
  }

  int64_t min_time_ms() const { return min_time_ms_; }
  int64_t max_time_ms() const { return min_time_ms_ + span_ms_; }
  ChunkView view() const { return {static_cast<ChunkEncoding>(encoding_), {data_, size_}}; }
  bool in_arena() const { return in_arena_ != 0; }

  // Takes the same bytes in a mapped file in the place of those in memory.
  void MoveTo(std::string_view mapped) {
    Free();
    data_ = mapped.data();
    in_arena_ = 0;
  }

 private:
  void Free() {
    if (in_arena()) ChunkArena::Give(data_);
  }
  void Swap(FinishedChunk& other) {
    std::swap(min_time_ms_, other.min_time_ms_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    const uint32_t span_ms = span_ms_;
    span_ms_ = other.span_ms_;
    other.span_ms_ = span_ms & kMaxSpanMs;
    const uint32_t encoding = encoding_;
    encoding_ = other.encoding_;
    other.encoding_ = encoding & 7U;
    const uint32_t in_arena = in_arena_;
    in_arena_ = other.in_arena_;
    other.in_arena_ = in_arena & 1U;
  }

  int64_t min_time_ms_ = 0;
  const char* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t span_ms_ : 28 = 0;
  uint32_t encoding_ : 3 = 0;
  uint32_t in_arena_ : 1 = 0;
};
static_assert(sizeof(FinishedChunk) == 24);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_FINISHED_CHUNK_H_
