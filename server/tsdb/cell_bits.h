// Writes bits as BitWriter does, to cells instead of one block of memory: see chunk_cells.h. A
// write touches a cell only when it has eight bytes to store.
#ifndef NARTHEX_SERVER_TSDB_CELL_BITS_H_
#define NARTHEX_SERVER_TSDB_CELL_BITS_H_

#include <cstdint>
#include <cstring>
#include <utility>

#include "server/tsdb/chunk_cells.h"

namespace narthex::tsdb {

class CellBits {
 public:
  explicit CellBits(ChunkCells& cells) : cells_(&cells) {}
  ~CellBits() { cells_->Give(last_); }
  CellBits(const CellBits&) = delete;
  CellBits& operator=(const CellBits&) = delete;

  // The lower `count` bits, 1 to 64; those above are zero.
  void Write(uint64_t bits, unsigned count) {
    const unsigned free = kWordBits - pending_count_;
    if (count < free) {
      pending_ |= bits << (free - count);
      pending_count_ = static_cast<uint8_t>(pending_count_ + count);
      return;
    }
    pending_count_ = static_cast<uint8_t>(count - free);
    Store(pending_ | bits >> pending_count_);
    pending_ = pending_count_ == 0 ? 0 : bits << (kWordBits - pending_count_);
  }

  // `tag` in front of `bits`.
  void WriteTagged(uint64_t tag, unsigned tag_count, uint64_t bits, unsigned count) {
    if (tag_count + count <= kWordBits) return Write(tag << count | bits, tag_count + count);
    Write(tag, tag_count);
    Write(bits, count);
  }

  void WriteVarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) Write((value & 0x7f) | 0x80, 8);
    Write(value, 8);
  }

  // In bytes, the last of which may be begun.
  size_t size() const {
    return full_cells_ * ChunkCell::kBytes + words_ * sizeof(uint64_t) + (pending_count_ + 7) / 8;
  }
  // Copies all that was written, size() bytes.
  void CopyTo(uint8_t* out) const {
    uint8_t* end = out + full_cells_ * ChunkCell::kBytes;
    if (last_ != nullptr) {
      std::memcpy(end, last_->words.data(), words_ * sizeof(uint64_t));
      uint8_t* at = end;
      for (const ChunkCell* cell = last_->before; cell != nullptr; cell = cell->before)
        std::memcpy(at -= ChunkCell::kBytes, cell->words.data(), ChunkCell::kBytes);
    }
    const uint64_t rest = __builtin_bswap64(pending_);
    std::memcpy(end + words_ * sizeof(uint64_t), &rest, (pending_count_ + 7) / 8);
  }
  // Gives the cells back; the writer is then empty, as new.
  void Clear() {
    cells_->Give(std::exchange(last_, nullptr));
    pending_ = 0;
    full_cells_ = 0;
    words_ = pending_count_ = 0;
  }

  // Brings the memory near that the next write may touch.
  void Prefetch() const {
    if (last_ != nullptr) __builtin_prefetch(last_, 1);
  }

 private:
  static constexpr unsigned kWordBits = 64;

  void Store(uint64_t word) {
    if (last_ == nullptr || words_ == ChunkCell::kWords) {
      ChunkCell* next = cells_->Take(last_);
      full_cells_ = static_cast<uint16_t>(full_cells_ + (last_ != nullptr ? 1 : 0));
      last_ = next;
      words_ = 0;
    }
    last_->words[words_++] = __builtin_bswap64(word);
  }

  ChunkCells* const cells_;
  ChunkCell* last_ = nullptr;
  uint64_t pending_ = 0;       // from the most significant bit down
  uint16_t full_cells_ = 0;    // before the last: no chunk exceeds 64 KiB
  uint8_t words_ = 0;          // of the last cell
  uint8_t pending_count_ = 0;  // less than 64
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CELL_BITS_H_
