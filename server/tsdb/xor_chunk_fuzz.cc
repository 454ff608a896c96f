// Any bytes decode or fail; what decodes and is encoded again decodes to the same samples.
#include <cstring>

#include "server/tsdb/xor_chunk.h"

using narthex::storage::SampleColumns;
using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SampleColumns samples;
  const std::string_view chunk(reinterpret_cast<const char*>(data), size);
  if (!DecodeXorChunk(chunk, narthex::storage::kMinTime, narthex::storage::kMaxTime,
                      kMaxChunkSamples, samples)
           .ok()) {
    return 0;
  }
  XorChunkWriter writer;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i > 0 && samples.timestamps_ms[i] <= samples.timestamps_ms[i - 1]) return 0;
    writer.Append(samples.timestamps_ms[i], samples.values[i]);
  }
  SampleColumns again;
  if (!DecodeXorChunk(writer.bytes(), narthex::storage::kMinTime, narthex::storage::kMaxTime,
                      kMaxChunkSamples, again)
           .ok()) {
    __builtin_trap();
  }
  const bool same =
      again.timestamps_ms == samples.timestamps_ms &&
      (again.values.empty() || std::memcmp(again.values.data(), samples.values.data(),
                                           again.values.size() * sizeof(double)) == 0);
  if (!same) __builtin_trap();
  return 0;
}
