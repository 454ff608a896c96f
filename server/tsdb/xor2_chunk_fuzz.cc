// Any bytes decode or fail; what decodes and is encoded again decodes to the same samples.
#include <cstring>

#include "server/tsdb/xor2_chunk.h"
#include "server/tsdb/xor_chunk.h"

using narthex::storage::SampleColumns;
using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

namespace {

bool Decode(std::string_view chunk, SampleColumns& samples) {
  return DecodeXor2Chunk(chunk, INT64_MIN, INT64_MAX, kMaxChunkSamples, samples).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SampleColumns samples;
  if (!Decode({reinterpret_cast<const char*>(data), size}, samples)) return 0;
  samples.starts_ms.resize(samples.size());
  Xor2ChunkWriter writer;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i > 0 && samples.timestamps_ms[i] <= samples.timestamps_ms[i - 1]) return 0;
    writer.Append({samples.timestamps_ms[i], samples.starts_ms[i]}, samples.values[i]);
  }
  SampleColumns again;
  if (samples.size() > 0 && !Decode(writer.bytes(), again)) __builtin_trap();
  again.starts_ms.resize(again.size());
  const bool same =
      again.timestamps_ms == samples.timestamps_ms && again.starts_ms == samples.starts_ms &&
      (again.values.empty() || std::memcmp(again.values.data(), samples.values.data(),
                                           again.values.size() * sizeof(double)) == 0);
  if (!same) __builtin_trap();
  return 0;
}
