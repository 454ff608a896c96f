// What a chunk is whose samples may be of any kind: its encoding and its bytes.
#ifndef NARTHEX_SERVER_TSDB_CHUNK_H_
#define NARTHEX_SERVER_TSDB_CHUNK_H_

#include <cstdint>
#include <string_view>

#include "common/status/status.h"
#include "server/storage/storage.h"

namespace narthex::tsdb {

// On disk: add, never renumber.
enum class ChunkEncoding : uint8_t {
  kNone = 0,
  kXor = 1,
  kHistogram = 2,
  kFloatHistogram = 3,
  kXor2 = 4,
  kHistogramStarts = 5,  // with start times
  kFloatHistogramStarts = 6,
};

// Borrowed from a mapped file or a series.
struct ChunkView {
  ChunkEncoding encoding = ChunkEncoding::kNone;
  std::string_view bytes;
};

// A chunk's place in a block and the times of its first and last sample.
struct ChunkMeta {
  int64_t min_time_ms = 0;
  int64_t max_time_ms = 0;
  uint64_t ref = 0;
};

size_t ChunkSampleCount(ChunkView chunk);
inline bool IsKnown(ChunkEncoding encoding) {
  return encoding > ChunkEncoding::kNone && encoding <= ChunkEncoding::kFloatHistogramStarts;
}
inline bool IsFloatChunk(ChunkEncoding encoding) {
  return encoding == ChunkEncoding::kXor || encoding == ChunkEncoding::kXor2;
}

// Appends the samples in [min, max], but no more than the first `max_samples` of the chunk.
// kCorruption for damage, kInvalidArgument for an encoding that this version does not read.
Status DecodeChunk(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms, size_t max_samples,
                   storage::SampleColumns& samples);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CHUNK_H_
