// Any bytes as index, chunks, tombstones or meta.json of a block are read or refused; refs that an
// index gives are looked up.
#include "common/fs/memory_files.h"
#include "server/tsdb/block.h"

using namespace narthex;        // NOLINT(google-build-using-namespace)
using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

namespace {

void ReadIndex(Files& files) {
  auto file = files.Map("index");
  const auto index = IndexReader::Open(*std::move(file));
  if (!index.ok()) return;
  std::vector<ChunkMeta> chunks;
  for (std::string_view name : (*index)->Names()) {
    (void)(*index)->VisitValues(name, [&](std::string_view, uint64_t at) {
      const auto postings = (*index)->PostingsAt(at);
      if (!postings.ok()) return;
      for (Slot series : *postings) (void)(*index)->Series(series, chunks);
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  MemoryFiles files;
  files.SetContent("index", bytes);
  files.SetContent("c/000001", bytes);
  ReadIndex(files);
  if (const auto chunks = ChunkReader::Open(files, "c"); chunks.ok()) {
    storage::SampleColumns samples;
    for (uint64_t at = 0; at <= size; ++at) {
      if (const auto chunk = (*chunks)->Read(at, ChunkReader::Verify::kNever); chunk.ok())
        (void)DecodeChunk(*chunk, INT64_MIN, INT64_MAX, SIZE_MAX, samples);
    }
  }
  (void)ParseTombstones(bytes);
  if (const auto meta = ParseBlockMeta(bytes); meta.ok()) {
    if (ParseBlockMeta(FormatBlockMeta(*meta))->max_time_ms != meta->max_time_ms) __builtin_trap();
  }
  return 0;
}
