// Memory for chunks between their end and their move to a file.
//
// All series end their chunks at about the same time, and a moment later all of them are in files.
// Such chunks lie one behind the other in regions of their own, which go back to the kernel when
// their last chunk has gone; nothing that lives longer lies between them.
#ifndef NARTHEX_SERVER_TSDB_CHUNK_ARENA_H_
#define NARTHEX_SERVER_TSDB_CHUNK_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace narthex::tsdb {

// Safe from many threads. Outlives what it gave.
class ChunkArena {
 public:
  ChunkArena() = default;
  ~ChunkArena();
  ChunkArena(const ChunkArena&) = delete;
  ChunkArena& operator=(const ChunkArena&) = delete;

  // `size` bytes, which Give() takes back. Throws std::bad_alloc.
  char* Take(size_t size);
  static void Give(const char* bytes);

  size_t mapped_bytes() const;  // of its regions

 private:
  struct Region;

  Region* AddRegionLocked(size_t bytes);
  void RemoveLocked(Region* region);
  void Release(Region* region);

  mutable std::mutex mutex_;
  Region* open_ = nullptr;  // where the next goes
  size_t mapped_bytes_ = 0;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CHUNK_ARENA_H_
