// Memory for chunks that grow, in cells of one cache line each.
//
// There is an open chunk for each live series, and all grow by a few bytes with each scrape. Blocks
// of a general allocator that are made larger again and again leave gaps that nothing fits into;
// cells are all alike, so any series takes what another gave back. Cells lie in slabs; the lowest
// slab with a free cell gives, so that the highest become empty, and an empty one is given back to
// the kernel.
#ifndef NARTHEX_SERVER_TSDB_CHUNK_CELLS_H_
#define NARTHEX_SERVER_TSDB_CHUNK_CELLS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace narthex::tsdb {

struct ChunkCell {
  static constexpr size_t kWords = 7;
  static constexpr size_t kBytes = kWords * sizeof(uint64_t);

  ChunkCell* before;  // of the same chunk; null for the first
  std::array<uint64_t, kWords> words;
};
static_assert(sizeof(ChunkCell) == 64);

// Safe from many threads. Outlives its cells.
class ChunkCells {
 public:
  ChunkCells() = default;
  ~ChunkCells();
  ChunkCells(const ChunkCells&) = delete;
  ChunkCells& operator=(const ChunkCells&) = delete;

  // A cell whose words mean nothing, behind `before`, on a line of its own. Throws std::bad_alloc.
  ChunkCell* Take(ChunkCell* before);
  // Takes back a cell and all before it; null for none.
  void Give(ChunkCell* last);

  size_t used_bytes() const;  // by cells that are taken

 private:
  struct Slab;

  Slab* SlabWithRoomLocked();
  void AddRegionLocked();
  void SetRoomLocked(size_t slab, bool has_room);

  mutable std::mutex mutex_;
  std::vector<Slab*> slabs_;    // by address
  std::vector<uint64_t> room_;  // a bit for each slab: whether it has a free cell
  size_t first_room_ = 0;       // no word of `room_` before this one has a bit
  std::vector<char*> regions_;  // of many slabs each
  size_t used_cells_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CHUNK_CELLS_H_
