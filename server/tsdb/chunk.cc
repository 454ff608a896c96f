#include "server/tsdb/chunk.h"

#include <string>

#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {

Status DecodeChunk(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms, size_t max_samples,
                   storage::SampleColumns& samples) {
  if (chunk.encoding == ChunkEncoding::kXor)
    return DecodeXorChunk(chunk.bytes, min_time_ms, max_time_ms, max_samples, samples);
  return InvalidArgument("chunk of encoding ",
                         std::to_string(static_cast<unsigned>(chunk.encoding)),
                         ", which is not supported");
}

}  // namespace narthex::tsdb
