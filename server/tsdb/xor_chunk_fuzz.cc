// Any bytes decode or fail; what decodes and is encoded again decodes to the same samples.
#include <cstring>

#include "server/tsdb/xor_chunk.h"

using narthex::storage::SampleColumns;
using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

namespace {

bool Same(const SampleColumns& a, const SampleColumns& b) {
  return a.timestamps_ms == b.timestamps_ms &&
         (a.values.empty() ||
          std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(double)) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SampleColumns samples;
  const std::string_view chunk(reinterpret_cast<const char*>(data), size);
  // Whatever it is, a chunk beside another changes nothing.
  const std::string_view halves[] = {chunk.substr(0, size / 2), chunk.substr(size / 2), chunk};
  SampleColumns together;
  const bool whole = DecodeXorChunks(halves, together).ok();
  SampleColumns apart;
  bool each_whole = true;
  for (const std::string_view half : halves)
    each_whole = DecodeXorChunk(half, INT64_MIN, INT64_MAX, SIZE_MAX, apart).ok() && each_whole;
  if (whole != each_whole) __builtin_trap();
  if (whole && !Same(together, apart)) __builtin_trap();
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
  if (!Same(again, samples)) __builtin_trap();
  return 0;
}
