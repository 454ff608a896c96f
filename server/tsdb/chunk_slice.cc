#include "server/tsdb/chunk_slice.h"

#include <algorithm>
#include <optional>

#include "server/tsdb/histogram_chunk.h"
#include "server/tsdb/mem_series.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {

namespace {

bool IsFloat(const storage::SampleColumns& samples, size_t i) {
  return !samples.has_histograms() || samples.histograms[i] == nullptr;
}

storage::SampleTime TimeOf(const storage::SampleColumns& samples, size_t i) {
  return {samples.timestamps_ms[i], samples.starts_ms.empty() ? 0 : samples.starts_ms[i]};
}

bool AnyStart(const storage::SampleColumns& samples, size_t begin, size_t end) {
  if (samples.starts_ms.empty()) return false;
  const auto first = samples.starts_ms.begin();
  return std::any_of(first + static_cast<std::ptrdiff_t>(begin),
                     first + static_cast<std::ptrdiff_t>(end),
                     [](int64_t start_ms) { return start_ms != 0; });
}

// Those in [begin, end), all of them floats.
Status EncodeFloatRun(const storage::SampleColumns& samples, size_t begin, size_t end,
                      FloatEncoding encoding, const ChunkVisitor& visit) {
  const int64_t first_ms = samples.timestamps_ms[begin];
  const int64_t last_ms = samples.timestamps_ms[end - 1];
  if (encoding == FloatEncoding::kXor && !AnyStart(samples, begin, end)) {
    XorChunkWriter writer;
    for (size_t i = begin; i < end; ++i) writer.Append(samples.timestamps_ms[i], samples.values[i]);
    return visit({ChunkEncoding::kXor, writer.bytes()}, first_ms, last_ms);
  }
  Xor2ChunkWriter writer;
  for (size_t i = begin; i < end; ++i) writer.Append(TimeOf(samples, i), samples.values[i]);
  return visit({ChunkEncoding::kXor2, writer.bytes()}, first_ms, last_ms);
}

// These begin at `begin` and return where the next chunk begins.
Result<size_t> EncodeFloats(const storage::SampleColumns& samples, size_t begin,
                            FloatEncoding encoding, const ChunkVisitor& visit) {
  size_t end = begin;
  while (end < samples.size() && IsFloat(samples, end) && end - begin < kSamplesPerChunk) ++end;
  RETURN_IF_ERROR(EncodeFloatRun(samples, begin, end, encoding, visit));
  return end;
}

// `header` is how the chunk follows on the one before, and then how the next follows on it.
Result<size_t> EncodeHistograms(const storage::SampleColumns& samples, size_t begin,
                                ResetHeader& header, const ChunkVisitor& visit) {
  const size_t most = std::min<size_t>(samples.size(), begin + kSamplesPerChunk);
  HistogramChunkWriter writer({.float_counts = samples.histograms[begin]->float_counts,
                               .with_starts = AnyStart(samples, begin, most)});
  size_t end = begin;
  for (; end < most && !IsFloat(samples, end); ++end) {
    const storage::Histogram& histogram = *samples.histograms[end];
    if (histogram.float_counts != writer.float_counts()) break;
    if (!writer.TryAppend(TimeOf(samples, end), histogram)) break;
  }
  writer.SetHeader(header);
  const bool followed = end < samples.size() && !IsFloat(samples, end);
  header = followed ? writer.HeaderAfter(*samples.histograms[end]) : ResetHeader::kUnknown;
  RETURN_IF_ERROR(visit({writer.encoding(), writer.bytes()}, samples.timestamps_ms[begin],
                        samples.timestamps_ms[end - 1]));
  return end;
}

}  // namespace

Status VisitSlice(ChunkView chunk, Interval times, Interval wanted, FloatEncoding encoding,
                  const ChunkVisitor& visit) {
  const bool whole =
      wanted.min_time_ms <= times.min_time_ms && times.max_time_ms <= wanted.max_time_ms;
  const bool other = encoding == FloatEncoding::kXor2 && chunk.encoding == ChunkEncoding::kXor;
  if (whole && !other) return visit(chunk, times.min_time_ms, times.max_time_ms);
  storage::SampleColumns samples;
  RETURN_IF_ERROR(DecodeChunk(chunk, wanted.min_time_ms, wanted.max_time_ms, SIZE_MAX, samples));
  if (whole) return EncodeFloatRun(samples, 0, samples.size(), encoding, visit);
  return EncodeChunks(samples, encoding, visit);
}

Status EncodeChunks(const storage::SampleColumns& samples, FloatEncoding encoding,
                    const ChunkVisitor& visit) {
  std::optional<ResetHeader> header;  // of a chunk of histograms that follows on one of its kind
  for (size_t begin = 0; begin < samples.size();) {
    if (IsFloat(samples, begin)) {
      ASSIGN_OR_RETURN(begin, EncodeFloats(samples, begin, encoding, visit));
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
