// The part of a chunk that lies in a time range, as chunks.
#ifndef NARTHEX_SERVER_TSDB_CHUNK_SLICE_H_
#define NARTHEX_SERVER_TSDB_CHUNK_SLICE_H_

#include <functional>
#include <string>

#include "server/tsdb/chunk.h"
#include "server/tsdb/tombstones.h"

namespace narthex::tsdb {

// A chunk that outlives what it was copied from.
struct OwnedChunk {
  int64_t min_time_ms = 0;
  int64_t max_time_ms = 0;
  ChunkEncoding encoding = ChunkEncoding::kXor;
  std::string bytes;

  ChunkView view() const { return {encoding, bytes}; }
};

using ChunkVisitor =
    std::function<Status(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms)>;

// How floats without start times are encoded. Samples with them always come into chunks that hold
// them.
enum class FloatEncoding : uint8_t { kXor, kXor2 };

// Gives the chunk as it is where `wanted` holds all of `times`, else what of it lies there. One of
// kXor is written anew where kXor2 is asked for.
Status VisitSlice(ChunkView chunk, Interval times, Interval wanted, FloatEncoding encoding,
                  const ChunkVisitor& visit);

// Encodes samples into chunks of at most kSamplesPerChunk.
Status EncodeChunks(const storage::SampleColumns& samples, FloatEncoding encoding,
                    const ChunkVisitor& visit);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CHUNK_SLICE_H_
