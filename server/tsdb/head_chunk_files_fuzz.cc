// Whatever lies in the folder of mapped chunks: a start takes what is whole and removes the rest,
// and a second one finds the same.
#include <cstdlib>
#include <cstring>

#include "common/fs/memory_files.h"
#include "server/tsdb/head_chunk_files.h"

namespace {

using narthex::tsdb::FoundHeadChunks;
using narthex::tsdb::HeadChunk;

size_t CountOf(const FoundHeadChunks& found) {
  size_t count = 0;
  narthex::storage::SampleColumns samples;
  for (narthex::storage::SeriesRef ref = 0; ref < 16; ++ref) {
    found.VisitOf(ref, [&](const HeadChunk& one) {
      ++count;
      samples.Clear();
      (void)narthex::tsdb::DecodeChunk(one.chunk, INT64_MIN, INT64_MAX, SIZE_MAX, samples);
    });
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  narthex::MemoryFiles memory;
  const std::string content(reinterpret_cast<const char*>(data), size);
  const size_t half = size / 2;
  memory.SetContent("h/000001", content);
  memory.SetContent("h/000002", content.substr(half));
  size_t first_count = 0;
  for (int run = 0; run < 2; ++run) {
    narthex::tsdb::HeadChunkFiles files(memory, "h");
    const auto found = files.Open(1);
    if (!found.ok()) std::abort();
    const size_t count = CountOf(*found);
    if (run > 0 && (count != first_count || !found->damage().ok())) std::abort();
    first_count = count;
  }
  return 0;
}
