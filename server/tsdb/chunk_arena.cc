#include "server/tsdb/chunk_arena.h"

#include <cassert>
#include <cstring>
#include <new>

#include "server/tsdb/aligned_pages.h"

namespace narthex::tsdb {
namespace {

// A region is aligned to this, and all that is given begins in the first so many bytes of it.
constexpr size_t kRegionBytes = kLargePage;

}  // namespace

// At the start of its memory.
struct ChunkArena::Region {
  ChunkArena* arena;
  size_t bytes;
  size_t next;   // offset of what is free
  size_t given;  // chunks that are in use
};

ChunkArena::~ChunkArena() {
  assert(open_ == nullptr || open_->given == 0);
  if (open_ != nullptr) RemoveLocked(open_);
}

ChunkArena::Region* ChunkArena::AddRegionLocked(size_t bytes) {
  bytes = (bytes + kRegionBytes - 1) / kRegionBytes * kRegionBytes;
  char* memory = MapAlignedPages(bytes, kRegionBytes);
  if (mapped_bytes_ > 0) PreferLargePages(memory, bytes);  // few chunks need less than one
  mapped_bytes_ += bytes;
  return new (memory) Region{this, bytes, sizeof(Region), 0};
}

void ChunkArena::RemoveLocked(Region* region) {
  mapped_bytes_ -= region->bytes;
  UnmapPages(reinterpret_cast<char*>(region), region->bytes);
}

char* ChunkArena::Take(size_t size) {
  const std::lock_guard lock(mutex_);
  if (open_ == nullptr || open_->next + size > open_->bytes) {
    Region* added = AddRegionLocked(sizeof(Region) + size);
    if (open_ != nullptr && open_->given == 0) RemoveLocked(open_);
    open_ = added;
  }
  char* bytes = reinterpret_cast<char*>(open_) + open_->next;
  assert(open_->next < kRegionBytes);
  open_->next += size;
  ++open_->given;
  return bytes;
}

void ChunkArena::Give(const char* bytes) {
  auto* region = reinterpret_cast<Region*>(const_cast<char*>(StartOfAligned(bytes, kRegionBytes)));
  region->arena->Release(region);
}

void ChunkArena::Release(Region* region) {
  const std::lock_guard lock(mutex_);
  assert(region->given > 0);
  if (--region->given > 0) return;
  if (region == open_) open_ = nullptr;
  RemoveLocked(region);
}

size_t ChunkArena::mapped_bytes() const {
  const std::lock_guard lock(mutex_);
  return mapped_bytes_;
}

}  // namespace narthex::tsdb
