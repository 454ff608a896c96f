#include "server/tsdb/chunk_slice.h"

#include <algorithm>
#include <optional>

#include "server/tsdb/histogram_chunk.h"
#include "server/tsdb/mem_series.h"

namespace narthex::tsdb {

namespace {

bool IsFloat(const storage::SampleColumns& samples, size_t i) {
  return !samples.has_histograms() || samples.histograms[i] == nullptr;
}

// These begin at `begin` and return where the next chunk begins.
Result<size_t> EncodeFloats(const storage::SampleColumns& samples, size_t begin,
                            const ChunkVisitor& visit) {
  XorChunkWriter writer;
  size_t end = begin;
  for (; end < samples.size() && IsFloat(samples, end) && end - begin < kSamplesPerChunk; ++end)
    writer.Append(samples.timestamps_ms[end], samples.values[end]);
  RETURN_IF_ERROR(visit({ChunkEncoding::kXor, writer.bytes()}, samples.timestamps_ms[begin],
                        samples.timestamps_ms[end - 1]));
  return end;
}

// `header` is how the chunk follows on the one before, and then how the next follows on it.
Result<size_t> EncodeHistograms(const storage::SampleColumns& samples, size_t begin,
                                ResetHeader& header, const ChunkVisitor& visit) {
  HistogramChunkWriter writer(samples.histograms[begin]->float_counts);
  size_t end = begin;
  for (; end < samples.size() && !IsFloat(samples, end) && end - begin < kSamplesPerChunk; ++end) {
    const storage::Histogram& histogram = *samples.histograms[end];
    if (histogram.float_counts != writer.float_counts()) break;
    if (!writer.TryAppend(samples.timestamps_ms[end], histogram)) break;
  }
  writer.SetHeader(header);
  const bool followed = end < samples.size() && !IsFloat(samples, end);
  header = followed ? writer.HeaderAfter(*samples.histograms[end]) : ResetHeader::kUnknown;
  const auto encoding =
      writer.float_counts() ? ChunkEncoding::kFloatHistogram : ChunkEncoding::kHistogram;
  RETURN_IF_ERROR(visit({encoding, writer.bytes()}, samples.timestamps_ms[begin],
                        samples.timestamps_ms[end - 1]));
  return end;
}

}  // namespace

Status VisitSlice(ChunkView chunk, Interval times, Interval wanted, const ChunkVisitor& visit) {
  if (wanted.min_time_ms <= times.min_time_ms && times.max_time_ms <= wanted.max_time_ms)
    return visit(chunk, times.min_time_ms, times.max_time_ms);
  storage::SampleColumns samples;
  RETURN_IF_ERROR(DecodeChunk(chunk, wanted.min_time_ms, wanted.max_time_ms, SIZE_MAX, samples));
  return EncodeChunks(samples, visit);
}

Status EncodeChunks(const storage::SampleColumns& samples, const ChunkVisitor& visit) {
  std::optional<ResetHeader> header;  // of a chunk of histograms that follows on one of its kind
  for (size_t begin = 0; begin < samples.size();) {
    if (IsFloat(samples, begin)) {
      ASSIGN_OR_RETURN(begin, EncodeFloats(samples, begin, visit));
      header.reset();
    } else {
      ResetHeader present = header.value_or(FirstHeader(*samples.histograms[begin]));
      ASSIGN_OR_RETURN(begin, EncodeHistograms(samples, begin, present, visit));
      header = present;
    }
  }
  return {};
}

}  // namespace narthex::tsdb
