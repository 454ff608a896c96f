#include "server/tsdb/chunk_cells.h"

#include <bit>
#include <cassert>

#include "server/tsdb/aligned_pages.h"

namespace narthex::tsdb {
namespace {

constexpr size_t kSlabBytes = kLargePage;
constexpr size_t kSlabsInRegion = 64;  // that are mapped at a time, without cost before their use
constexpr size_t kRegionBytes = kSlabBytes * kSlabsInRegion;
constexpr size_t kCellsInSlab = kSlabBytes / sizeof(ChunkCell) - 1;  // beside the slab's own line
constexpr size_t kWordBits = 64;

}  // namespace

// Fills the first line of its memory, which is aligned to its size. A slab that was given back to
// the kernel reads as zeros: one without cells.
struct ChunkCells::Slab {
  ChunkCell* free;  // a list of those that were given back
  uint32_t used;
  uint32_t fresh;  // so many cells have been taken once: those behind are untouched memory
  uint64_t number;

  static Slab& Of(ChunkCell* cell) {
    const char* begin = StartOfAligned(reinterpret_cast<const char*>(cell), kSlabBytes);
    return *reinterpret_cast<Slab*>(const_cast<char*>(begin));
  }
  bool full() const { return used == kCellsInSlab; }

  ChunkCell* Take() {
    assert(!full());
    ++used;
    if (free == nullptr) return reinterpret_cast<ChunkCell*>(this) + ++fresh;
    ChunkCell* cell = free;
    free = cell->before;
    return cell;
  }

  void Give(ChunkCell* cell) {
    assert(used > 0);
    --used;
    cell->before = free;
    free = cell;
  }
};

ChunkCells::~ChunkCells() {
  for (char* region : regions_) UnmapPages(region, kRegionBytes);
}

void ChunkCells::AddRegionLocked() {
  static_assert(sizeof(Slab) <= sizeof(ChunkCell));
  static_assert(kSlabsInRegion == kWordBits);
  regions_.push_back(nullptr);
  room_.push_back(0);
  regions_.back() = MapAlignedPages(kRegionBytes, kSlabBytes);
  for (size_t i = 0; i < kSlabsInRegion; ++i) {
    slabs_.push_back(reinterpret_cast<Slab*>(regions_.back() + i * kSlabBytes));
    SetRoomLocked(slabs_.size() - 1, true);
  }
  // Who has few series needs less than one large page.
  char* large = regions_.back() + (regions_.size() == 1 ? kSlabBytes : 0);
  PreferLargePages(large, static_cast<size_t>(regions_.back() + kRegionBytes - large));
}

void ChunkCells::SetRoomLocked(size_t slab, bool has_room) {
  const uint64_t bit = uint64_t{1} << (slab % kWordBits);
  uint64_t& word = room_[slab / kWordBits];
  word = has_room ? word | bit : word & ~bit;
  if (has_room && slab / kWordBits < first_room_) first_room_ = slab / kWordBits;
}

ChunkCells::Slab* ChunkCells::SlabWithRoomLocked() {
  while (first_room_ < room_.size() && room_[first_room_] == 0) ++first_room_;
  if (first_room_ == room_.size()) AddRegionLocked();
  const size_t number =
      first_room_ * kWordBits + static_cast<size_t>(std::countr_zero(room_[first_room_]));
  slabs_[number]->number = number;  // it may be untouched memory
  return slabs_[number];
}

ChunkCell* ChunkCells::Take(ChunkCell* before) {
  const std::lock_guard lock(mutex_);
  Slab* slab = SlabWithRoomLocked();
  ChunkCell* cell = slab->Take();
  if (slab->full()) SetRoomLocked(slab->number, false);
  ++used_cells_;
  cell->before = before;
  return cell;
}

void ChunkCells::Give(ChunkCell* last) {
  if (last == nullptr) return;
  const std::lock_guard lock(mutex_);
  while (last != nullptr) {
    ChunkCell* before = last->before;
    Slab& slab = Slab::Of(last);
    if (slab.full()) SetRoomLocked(slab.number, true);
    slab.Give(last);
    --used_cells_;
    // Its memory reads as zeros then, where the kernel can; else it stays a slab of free cells.
    if (slab.used == 0) (void)ForgetPages(reinterpret_cast<char*>(&slab), kSlabBytes);
    last = before;
  }
}

size_t ChunkCells::used_bytes() const {
  const std::lock_guard lock(mutex_);
  return used_cells_ * sizeof(ChunkCell);
}

}  // namespace narthex::tsdb
