// The finished chunks of a series by time, in two words of handle.
#ifndef NARTHEX_SERVER_TSDB_FINISHED_CHUNKS_H_
#define NARTHEX_SERVER_TSDB_FINISHED_CHUNKS_H_

#include <algorithm>
#include <cstdint>
#include <memory>

#include "server/tsdb/finished_chunk.h"

namespace narthex::tsdb {

// Guarded by its owner.
class FinishedChunks {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  FinishedChunk& operator[](size_t index) { return chunks_[index]; }
  const FinishedChunk& operator[](size_t index) const { return chunks_[index]; }
  const FinishedChunk& front() const { return chunks_[0]; }
  const FinishedChunk& back() const { return chunks_[size_ - 1]; }
  const FinishedChunk* begin() const { return chunks_.get(); }
  const FinishedChunk* end() const { return chunks_.get() + size_; }

  void Add(FinishedChunk chunk) {
    if (size_ % kStep == 0) Resize(0, size_ + kStep);
    chunks_[size_++] = std::move(chunk);
  }
  void DropFirst(size_t count) {
    if (count == 0) return;
    size_ -= static_cast<uint32_t>(count);
    Resize(count, (size_ + kStep - 1) / kStep * kStep);
  }

 private:
  static constexpr uint32_t kStep = 2;  // there is room for a multiple of it

  // Keeps size_ chunks from `first` on.
  void Resize(size_t first, size_t room) {
    auto resized = room == 0 ? nullptr : std::make_unique<FinishedChunk[]>(room);
    std::move(chunks_.get() + first, chunks_.get() + first + size_, resized.get());
    chunks_ = std::move(resized);
  }

  std::unique_ptr<FinishedChunk[]> chunks_;
  uint32_t size_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_FINISHED_CHUNKS_H_
