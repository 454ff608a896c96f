// The memory that chunks of live series take beside their series.
#ifndef NARTHEX_SERVER_TSDB_CHUNK_MEMORY_H_
#define NARTHEX_SERVER_TSDB_CHUNK_MEMORY_H_

#include "server/tsdb/chunk_arena.h"
#include "server/tsdb/chunk_cells.h"

namespace narthex::tsdb {

// Outlives all series.
struct ChunkMemory {
  ChunkCells cells;     // of open chunks
  ChunkArena finished;  // chunks that are not in a file yet
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CHUNK_MEMORY_H_
