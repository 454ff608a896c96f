#include "server/tsdb/chunk.h"

#include <string>

#include "server/tsdb/histogram_chunk.h"
#include "server/tsdb/xor2_chunk.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {

size_t ChunkSampleCount(ChunkView chunk) {
  const bool with_starts = chunk.encoding == ChunkEncoding::kHistogramStarts ||
                           chunk.encoding == ChunkEncoding::kFloatHistogramStarts;
  return SampleCountField(chunk.bytes) & (with_starts ? kStartsSampleCountMask : UINT16_MAX);
}

namespace {

Status Decode(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms, size_t max_samples,
              storage::SampleColumns& samples) {
  const auto histograms = [&](HistogramChunkKind kind) {
    return DecodeHistogramChunk(chunk.bytes, kind, min_time_ms, max_time_ms, max_samples, samples);
  };
  switch (chunk.encoding) {
    case ChunkEncoding::kXor:
      return DecodeXorChunk(chunk.bytes, min_time_ms, max_time_ms, max_samples, samples);
    case ChunkEncoding::kXor2:
      return DecodeXor2Chunk(chunk.bytes, min_time_ms, max_time_ms, max_samples, samples);
    case ChunkEncoding::kHistogram:
      return histograms({.float_counts = false});
    case ChunkEncoding::kFloatHistogram:
      return histograms({.float_counts = true});
    case ChunkEncoding::kHistogramStarts:
      return histograms({.float_counts = false, .with_starts = true});
    case ChunkEncoding::kFloatHistogramStarts:
      return histograms({.float_counts = true, .with_starts = true});
    case ChunkEncoding::kNone:
      break;
  }
  return InvalidArgument("chunk of encoding ",
                         std::to_string(static_cast<unsigned>(chunk.encoding)),
                         ", which is not supported");
}

}  // namespace

Status DecodeChunk(ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms, size_t max_samples,
                   storage::SampleColumns& samples) {
  RETURN_IF_ERROR(Decode(chunk, min_time_ms, max_time_ms, max_samples, samples));
  if (samples.has_histograms()) samples.histograms.resize(samples.size());
  if (!samples.starts_ms.empty()) samples.starts_ms.resize(samples.size());
  return {};
}

}  // namespace narthex::tsdb
