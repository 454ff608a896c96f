#include "server/tsdb/head_chunk_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "common/bytes/crc32c.h"
#include "common/fs/memory_files.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/database.h"
#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kStart = 1'699'999'200'000;
constexpr int64_t kHourMs = 3'600'000;

TEST(HeadChunkFiles, WriteWhatTheReferenceReads) {
  MemoryFiles memory;
  memory.SetContent("h/000007", "old");
  HeadChunkFiles files(memory, "h");
  ASSERT_TRUE(files.Start().ok());
  EXPECT_THAT(*memory.List("h"), IsEmpty());
  const auto mapped = files.Write({{7, -5, 9, {ChunkEncoding::kXor, "abc"}},
                                   {8, 1, 20, {ChunkEncoding::kFloatHistogram, "d"}}});
  ASSERT_TRUE(mapped.ok());
  EXPECT_THAT(*mapped, ElementsAre("abc", "d"));
  EXPECT_THAT(*memory.List("h"), ElementsAre("000001"));
  const std::string content = memory.Content("h/000001");
  ByteReader reader(content);
  EXPECT_EQ(reader.Fixed32(), 0x0130BC91U);
  EXPECT_EQ(reader.Byte(), 1);
  EXPECT_EQ(reader.Take(3), std::string(3, '\0'));
  const std::string_view begin = reader.rest();
  EXPECT_EQ(reader.Fixed64(), 7U);
  EXPECT_EQ(static_cast<int64_t>(reader.Fixed64()), -5);
  EXPECT_EQ(reader.Fixed64(), 9U);
  EXPECT_EQ(reader.Byte(), 1);
  EXPECT_EQ(reader.Text(), "abc");
  const std::string_view chunk = begin.substr(0, begin.size() - reader.rest().size());
  EXPECT_EQ(reader.Fixed32(), Crc32c(chunk));
}

TEST(HeadChunkFiles, GoWhenAllTheirChunksAreOldTheFirstFirst) {
  MemoryFiles memory;
  HeadChunkFiles files(memory, "h");
  ASSERT_TRUE(files.Start().ok());
  for (const int64_t end : {10, 30, 20})
    ASSERT_TRUE(files.Write({{1, 0, end, {ChunkEncoding::kXor, "x"}}}).ok());
  ASSERT_TRUE(files.RemoveBefore(10).ok());
  EXPECT_EQ(memory.List("h")->size(), 3U);
  ASSERT_TRUE(files.RemoveBefore(25).ok());  // no gap: the third stays for the second
  EXPECT_THAT(*memory.List("h"), ElementsAre("000002", "000003"));
  ASSERT_TRUE(files.RemoveBefore(31).ok());
  EXPECT_THAT(*memory.List("h"), IsEmpty());
  EXPECT_EQ(files.size_bytes(), 0U);
}

TEST(HeadChunkFiles, LeaveNothingWhereTheDiskIsFull) {
  MemoryFiles memory;
  HeadChunkFiles files(memory, "h");
  ASSERT_TRUE(files.Start().ok());
  memory.FailWritesAfter(20);
  EXPECT_FALSE(files.Write({{1, 0, 5, {ChunkEncoding::kXor, "x"}}}).ok());
  EXPECT_THAT(*memory.List("h"), IsEmpty());
}

class MappedChunksTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    database_.reset();
    auto opened = Database::Open({.directory = "d", .wal_sync_interval = {0}}, files_, clock_,
                                 Logger(LogOptions{}, &log_), registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }
  void Add(int64_t at_ms, double value) {
    const auto appender = database_->NewAppender();
    ASSERT_TRUE(
        appender->Append(storage::kNoRef, LabelSet::Of({{"__name__", "x"}}), at_ms, value).ok());
    ASSERT_TRUE(appender->Commit().ok());
  }
  storage::SampleColumns Read() {
    const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
    const auto set = *querier->Select({});
    storage::SampleColumns samples;
    EXPECT_TRUE(set->Read(0, samples).ok());
    return samples;
  }
  void ExpectAll(size_t count) {
    const storage::SampleColumns samples = Read();
    ASSERT_EQ(samples.size(), count);
    for (size_t i = 0; i < count; ++i) EXPECT_EQ(samples.values[i], static_cast<double>(i));
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
};

TEST_F(MappedChunksTest, ServeQueriesUntilTheyAreInBlocks) {
  for (int i = 0; i < 600; ++i) Add(kStart + i * 15'000, i);  // two and a half hours
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_THAT(*files_.List("d/chunks_head"), ElementsAre("000001"));
  ExpectAll(600);
  Open();
  EXPECT_THAT(*files_.List("d/chunks_head"), ElementsAre("000001"));
  ExpectAll(600);
  for (int i = 600; i < 2000; ++i) {
    Add(kStart + i * 15'000, i);
    if (i % 100 == 0) {
      ASSERT_TRUE(database_->Compact().ok());
    }
  }
  ExpectAll(2000);
  const auto names = *files_.List("d/chunks_head");
  EXPECT_THAT(names, testing::Not(testing::Contains("000001")));
  EXPECT_LT(names.size(), 12U);
}

TEST_F(MappedChunksTest, StayInMemoryWhenTheDiskIsFull) {
  for (int i = 0; i < 300; ++i) Add(kStart + i * 15'000, i);
  files_.FailWritesAfter(10);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_THAT(log_, testing::HasSubstr("chunks stay in memory"));
  ExpectAll(300);
  files_.FailWritesAfter(MemoryFiles::kNever);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_THAT(*files_.List("d/chunks_head"), ElementsAre("000001"));
  ExpectAll(300);
}

// The markers of the reference would take our files for its own.
TEST_F(MappedChunksTest, ALogOfLateSamplesWithMarkersIsWrittenAnew) {
  Add(kStart, 1);
  database_.reset();
  std::string samples;
  EncodeSamples(std::vector<RefSample>{{1, kStart - kHourMs, 0}}, samples);
  std::string marker(1, '\x05');
  PutFixed64(marker, 1);
  PutFixed64(marker, uint64_t{1} << 32 | 8);
  {
    const auto writer = *WalWriter::Open(files_, "d/wbl", 0, {});
    ASSERT_TRUE(writer->Log({samples, marker}).ok());
  }
  Open();
  ExpectAll(2);
  EXPECT_THAT(*files_.List("d/wbl"), ElementsAre("00000001"));
  Open();
  ExpectAll(2);
}

}  // namespace
}  // namespace narthex::tsdb
