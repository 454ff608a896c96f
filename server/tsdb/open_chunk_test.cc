#include "server/tsdb/open_chunk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
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

void ExpectFinished(OpenXorChunk& open, XorChunkWriter& writer) {
  const std::string_view finished = open.Finish();
  EXPECT_EQ(finished, writer.Finish().view());
  ChunkArena::Give(finished.data());
}

TEST(OpenXorChunk, HasTheBytesOfTheChunkWriterAfterEverySample) {
  ChunkMemory memory;
  OpenXorChunk open(memory);
  XorChunkWriter writer;
  Source source;
  std::string bytes;
  for (int i = 0; i < 500; ++i) {
    source.Next();
    open.Append(source.timestamp_ms, source.value);
    writer.Append(source.timestamp_ms, source.value);
    ASSERT_EQ(open.BytesIn(bytes), writer.bytes()) << i;
    ASSERT_EQ(open.sample_count(), writer.sample_count());
    ASSERT_EQ(open.last_timestamp_ms(), writer.last_timestamp_ms());
  }
  ExpectFinished(open, writer);
  EXPECT_EQ(memory.cells.used_bytes(), 0U);
  EXPECT_EQ(open.sample_count(), 0U);
}

TEST(OpenXorChunk, GrowsBesideOthersAndLeavesItsCellsToThem) {
  ChunkMemory memory;
  constexpr size_t kChunks = 3000;
  std::vector<std::unique_ptr<OpenXorChunk>> open;
  std::vector<XorChunkWriter> writers(kChunks);
  std::vector<Source> sources(kChunks);
  for (size_t i = 0; i < kChunks; ++i) {
    open.push_back(std::make_unique<OpenXorChunk>(memory));
    sources[i].random.seed(i);
  }
  for (size_t round = 0; round < 90; ++round) {
    for (size_t i = 0; i < kChunks; ++i) {
      sources[i].Next();
      open[i]->Append(sources[i].timestamp_ms, sources[i].value);
      writers[i].Append(sources[i].timestamp_ms, sources[i].value);
      if ((i + round) % 40 != 0) continue;
      ExpectFinished(*open[i], writers[i]);
    }
  }
  for (size_t i = 0; i < kChunks; ++i) {
    if (open[i]->sample_count() == 0) continue;
    ExpectFinished(*open[i], writers[i]);
  }
  EXPECT_EQ(memory.cells.used_bytes(), 0U);
}

TEST(ChunkCells, AreTakenBackWithTheirChunk) {
  ChunkMemory memory;
  {
    OpenXorChunk open(memory);
    for (int i = 0; i < 50; ++i) open.Append(kStart + i, static_cast<double>(i) * 1.1);
    EXPECT_GT(memory.cells.used_bytes(), sizeof(ChunkCell));
  }
  EXPECT_EQ(memory.cells.used_bytes(), 0U);
}

// What one thread finishes another gives back, as appenders and the compaction do.
TEST(ChunkMemory, ServesManyThreads) {
  ChunkMemory memory;
  std::mutex mutex;
  std::vector<std::string_view> finished;
  const auto append = [&](uint64_t seed) {
    OpenXorChunk open(memory);
    XorChunkWriter writer;
    Source source;
    source.random.seed(seed);
    for (int i = 1; i <= 6000; ++i) {
      source.Next();
      open.Append(source.timestamp_ms, source.value);
      writer.Append(source.timestamp_ms, source.value);
      if (i % 60 != 0) continue;
      const std::string_view bytes = open.Finish();
      EXPECT_EQ(bytes, writer.Finish().view());
      const std::lock_guard lock(mutex);
      finished.push_back(bytes);
      if (finished.size() < 10) continue;
      for (const std::string_view one : finished) ChunkArena::Give(one.data());
      finished.clear();
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t seed = 0; seed < 4; ++seed) threads.emplace_back(append, seed);
  for (std::thread& thread : threads) thread.join();
  for (const std::string_view one : finished) ChunkArena::Give(one.data());
  EXPECT_EQ(memory.cells.used_bytes(), 0U);
  EXPECT_EQ(memory.finished.mapped_bytes(), 0U);
}

TEST(ChunkArena, KeepsAlikeWhatIsLargeAndWhatIsSmallUntilItIsGiven) {
  ChunkArena arena;
  std::vector<std::string_view> given;
  for (size_t i = 0; i < 5000; ++i) {
    const size_t size = i % 1000 == 7 ? 700'000 : 1 + i % 900;
    char* bytes = arena.Take(size);
    std::fill_n(bytes, size, static_cast<char>(i));
    given.emplace_back(bytes, size);
  }
  for (size_t i = 0; i < given.size(); ++i) {
    ASSERT_EQ(given[i].find_first_not_of(static_cast<char>(i)), std::string_view::npos) << i;
    ChunkArena::Give(given[i].data());
  }
  EXPECT_EQ(arena.mapped_bytes(), 0U);
}

}  // namespace
}  // namespace narthex::tsdb
