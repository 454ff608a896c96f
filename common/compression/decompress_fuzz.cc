// Any bytes give a body within the bound or an error.
#include <cstdint>

#include "common/compression/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kMaxBytes = 200'000;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const auto& plain :
       {narthex::Gunzip(body, kMaxBytes), narthex::UnsnappyFrames(body, kMaxBytes)}) {
    if (plain.ok() && plain->size() > kMaxBytes) __builtin_trap();
  }
  return 0;
}
