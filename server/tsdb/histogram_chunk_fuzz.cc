// Any bytes decode or fail; what decodes and is encoded again decodes to the same samples.
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/histogram_chunk.h"
#include "server/tsdb/test_histograms.h"

using narthex::storage::SampleColumns;
using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

namespace {

void Check(std::string_view chunk, ChunkEncoding encoding) {
  SampleColumns samples;
  if (!DecodeChunk({encoding, chunk}, INT64_MIN, INT64_MAX, 1000, samples).ok()) return;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i > 0 && samples.timestamps_ms[i] <= samples.timestamps_ms[i - 1]) return;
    if (!narthex::storage::Validate(*samples.histograms[i]).ok()) return;
  }
  SampleColumns again;
  const narthex::Status status =
      EncodeChunks(samples, FloatEncoding::kXor, [&](ChunkView one, int64_t, int64_t) {
        return DecodeChunk(one, INT64_MIN, INT64_MAX, SIZE_MAX, again);
      });
  samples.starts_ms.resize(samples.size());
  again.starts_ms.resize(again.size());
  if (!status.ok() || !FirstDifference(samples, again).empty()) __builtin_trap();
  if (samples.starts_ms != again.starts_ms) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view chunk(reinterpret_cast<const char*>(data), size);
  Check(chunk, ChunkEncoding::kHistogram);
  Check(chunk, ChunkEncoding::kFloatHistogram);
  Check(chunk, ChunkEncoding::kHistogramStarts);
  Check(chunk, ChunkEncoding::kFloatHistogramStarts);
  return 0;
}
