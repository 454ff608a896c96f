#include "server/tsdb/chunk_slice.h"

#include <algorithm>

#include "server/tsdb/mem_series.h"

namespace narthex::tsdb {

Status VisitSlice(ChunkView chunk, Interval times, Interval wanted, const ChunkVisitor& visit) {
  if (wanted.min_time_ms <= times.min_time_ms && times.max_time_ms <= wanted.max_time_ms)
    return visit(chunk, times.min_time_ms, times.max_time_ms);
  storage::SampleColumns samples;
  RETURN_IF_ERROR(DecodeChunk(chunk, wanted.min_time_ms, wanted.max_time_ms, SIZE_MAX, samples));
  return EncodeChunks(samples, visit);
}

Status EncodeChunks(const storage::SampleColumns& samples, const ChunkVisitor& visit) {
  if (samples.has_histograms()) return InvalidArgument("histograms are not encoded");
  for (size_t begin = 0; begin < samples.size(); begin += kSamplesPerChunk) {
    const size_t end = std::min<size_t>(begin + kSamplesPerChunk, samples.size());
    XorChunkWriter writer;
    for (size_t i = begin; i < end; ++i) writer.Append(samples.timestamps_ms[i], samples.values[i]);
    RETURN_IF_ERROR(visit({ChunkEncoding::kXor, writer.bytes()}, samples.timestamps_ms[begin],
                          samples.timestamps_ms[end - 1]));
  }
  return {};
}

}  // namespace narthex::tsdb
