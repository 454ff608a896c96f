#include "server/tsdb/open_chunk.h"

#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <random>
#include <vector>

#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;

// Now and then a time or a value that needs many bits.
struct Source {
  std::mt19937_64 random{7};
  int64_t timestamp_ms = kStart;
  double value = 0;

  void Next() {
    timestamp_ms += random() % 5 == 0 ? 1 + static_cast<int64_t>(random() % 3'000'000) : 15'000;
    value = random() % 3 == 0 ? std::bit_cast<double>(random()) : value + 1;
  }
};

TEST(OpenXorChunk, HasTheBytesOfTheChunkWriterAfterEverySample) {
  ChunkCells cells;
  OpenXorChunk open(cells);
  XorChunkWriter writer;
  Source source;
  std::string memory;
  for (int i = 0; i < 500; ++i) {
    source.Next();
    open.Append(source.timestamp_ms, source.value);
    writer.Append(source.timestamp_ms, source.value);
    ASSERT_EQ(open.BytesIn(memory), writer.bytes()) << i;
    ASSERT_EQ(open.sample_count(), writer.sample_count());
    ASSERT_EQ(open.last_timestamp_ms(), writer.last_timestamp_ms());
  }
  EXPECT_EQ(open.Finish().view(), writer.Finish().view());
  EXPECT_EQ(cells.used_bytes(), 0U);
  EXPECT_EQ(open.sample_count(), 0U);
}

TEST(OpenXorChunk, GrowsBesideOthersAndLeavesItsCellsToThem) {
  ChunkCells cells;
  constexpr size_t kChunks = 3000;
  std::vector<std::unique_ptr<OpenXorChunk>> open;
  std::vector<XorChunkWriter> writers(kChunks);
  std::vector<Source> sources(kChunks);
  for (size_t i = 0; i < kChunks; ++i) {
    open.push_back(std::make_unique<OpenXorChunk>(cells));
    sources[i].random.seed(i);
  }
  for (size_t round = 0; round < 90; ++round) {
    for (size_t i = 0; i < kChunks; ++i) {
      sources[i].Next();
      open[i]->Append(sources[i].timestamp_ms, sources[i].value);
      writers[i].Append(sources[i].timestamp_ms, sources[i].value);
      if ((i + round) % 40 != 0) continue;
      ASSERT_EQ(open[i]->Finish().view(), writers[i].Finish().view());
    }
  }
  for (size_t i = 0; i < kChunks; ++i) {
    if (open[i]->sample_count() == 0) continue;
    EXPECT_EQ(open[i]->Finish().view(), writers[i].Finish().view());
  }
  EXPECT_EQ(cells.used_bytes(), 0U);
}

TEST(ChunkCells, AreTakenBackWithTheirChunk) {
  ChunkCells cells;
  {
    OpenXorChunk open(cells);
    for (int i = 0; i < 50; ++i) open.Append(kStart + i, static_cast<double>(i) * 1.1);
    EXPECT_GT(cells.used_bytes(), sizeof(ChunkCell));
  }
  EXPECT_EQ(cells.used_bytes(), 0U);
}

}  // namespace
}  // namespace narthex::tsdb
