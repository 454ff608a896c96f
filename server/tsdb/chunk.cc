#include "server/tsdb/chunk.h"

#include <string>

#include "server/tsdb/histogram_chunk.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {

Status DecodeChunk(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms, size_t max_samples,
                   storage::SampleColumns& samples) {
  switch (chunk.encoding) {
    case ChunkEncoding::kXor:
      RETURN_IF_ERROR(DecodeXorChunk(chunk.bytes, min_time_ms, max_time_ms, max_samples, samples));
      if (samples.has_histograms()) samples.histograms.resize(samples.size());
      return {};
    case ChunkEncoding::kHistogram:
    case ChunkEncoding::kFloatHistogram:
      return DecodeHistogramChunk(chunk.bytes, chunk.encoding == ChunkEncoding::kFloatHistogram,
                                  min_time_ms, max_time_ms, max_samples, samples);
    case ChunkEncoding::kNone:
      break;
  }
  return InvalidArgument("chunk of encoding ",
                         std::to_string(static_cast<unsigned>(chunk.encoding)),
                         ", which is not supported");
}

}  // namespace narthex::tsdb
