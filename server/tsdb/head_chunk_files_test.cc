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
  HeadChunkFiles files(memory, "h");
  ASSERT_TRUE(files.Open(1).ok());
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
  ASSERT_TRUE(files.Open(1).ok());
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
  ASSERT_TRUE(files.Open(1).ok());
  memory.FailWritesAfter(20);
  EXPECT_FALSE(files.Write({{1, 0, 5, {ChunkEncoding::kXor, "x"}}}).ok());
  EXPECT_THAT(*memory.List("h"), IsEmpty());
}

std::vector<std::string> ChunksOf(const FoundHeadChunks& found, storage::SeriesRef ref) {
  std::vector<std::string> chunks;
  found.VisitOf(ref, [&](const HeadChunk& one) {
    EXPECT_EQ(one.ref, ref);
    chunks.push_back(std::to_string(one.min_time_ms) + "-" + std::to_string(one.max_time_ms) + " " +
                     std::string(one.chunk.bytes));
  });
  return chunks;
}

// Three files of a run, with two series.
void WriteThreeFiles(MemoryFiles& memory) {
  HeadChunkFiles files(memory, "h");
  ASSERT_TRUE(files.Open(1).ok());
  for (int64_t i = 1; i <= 3; ++i) {
    const std::string data = "data" + std::to_string(i);
    ASSERT_TRUE(files
                    .Write({{9, i * 10, i * 10 + 5, {ChunkEncoding::kXor, data}},
                            {2, i * 10, i * 10 + 7, {ChunkEncoding::kXor2, data}}})
                    .ok());
  }
}

TEST(HeadChunkFiles, AreTakenOverByTheNextRun) {
  MemoryFiles memory;
  WriteThreeFiles(memory);
  for (const size_t threads : {1, 4}) {
    HeadChunkFiles files(memory, "h");
    const auto found = files.Open(threads);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->size(), 6U);
    EXPECT_EQ(found->last_ref(), 9U);
    EXPECT_TRUE(found->damage().ok());
    EXPECT_THAT(ChunksOf(*found, 2), ElementsAre("10-17 data1", "20-27 data2", "30-37 data3"));
    EXPECT_THAT(ChunksOf(*found, 9), ElementsAre("10-15 data1", "20-25 data2", "30-35 data3"));
    EXPECT_THAT(ChunksOf(*found, 3), IsEmpty());
    EXPECT_GT(files.size_bytes(), 100U);
    ASSERT_TRUE(files.RemoveBefore(0).ok());
    EXPECT_THAT(*memory.List("h"), ElementsAre("000001", "000002", "000003"));
  }
  HeadChunkFiles files(memory, "h");
  ASSERT_TRUE(files.Open(1).ok());
  ASSERT_TRUE(files.RemoveBefore(18).ok());
  ASSERT_TRUE(files.Write({{4, 40, 41, {ChunkEncoding::kXor, "xy"}}}).ok());
  EXPECT_THAT(*memory.List("h"), ElementsAre("000002", "000003", "000004"));
}

// The log has what they had.
TEST(HeadChunkFiles, GoFromTheFirstThatIsDamagedWhereverThatIs) {
  MemoryFiles whole;
  WriteThreeFiles(whole);
  const std::string second = whole.Content("h/000002");
  for (size_t at = 0; at < second.size(); ++at) {
    if (at >= 5 && at < 8) continue;  // nobody looks at these
    MemoryFiles memory;
    WriteThreeFiles(memory);
    std::string content = second;
    content[at] = static_cast<char>(content[at] ^ 0x40);
    memory.SetContent("h/000002", content);
    HeadChunkFiles files(memory, "h");
    const auto found = files.Open(2);
    ASSERT_TRUE(found.ok()) << at;
    EXPECT_EQ(found->size(), 2U) << at;
    EXPECT_EQ(found->dropped_files(), 2U) << at;
    EXPECT_FALSE(found->damage().ok()) << at;
    EXPECT_THAT(*memory.List("h"), ElementsAre("000001")) << at;
  }
}

TEST(HeadChunkFiles, GoBehindAGapAndWhereTheyAreNoneAtAll) {
  MemoryFiles memory;
  WriteThreeFiles(memory);
  ASSERT_TRUE(memory.Remove("h/000002").ok());
  memory.SetContent("h/000004.tmp", "half");
  HeadChunkFiles files(memory, "h");
  const auto found = files.Open(1);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 2U);
  EXPECT_THAT(*memory.List("h"), ElementsAre("000001"));
}

TEST(HeadChunkFiles, LeaveLateChunksAndTheZerosOfTheReferenceAlone) {
  MemoryFiles memory;
  WriteThreeFiles(memory);
  std::string content = memory.Content("h/000003");
  std::string late;
  PutFixed64(late, 5);
  PutFixed64(late, 1);
  PutFixed64(late, 2);
  late += static_cast<char>(kLateHeadChunk | 1);
  PutText(late, "late");
  PutFixed32(late, Crc32c(late));
  content += late + std::string(100, '\0');
  memory.SetContent("h/000003", content);
  HeadChunkFiles files(memory, "h");
  const auto found = files.Open(1);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 6U);
  EXPECT_EQ(memory.List("h")->size(), 3U);
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
  const std::string before = files_.Content("d/chunks_head/000001");
  Open();
  EXPECT_THAT(*files_.List("d/chunks_head"), ElementsAre("000001"));
  EXPECT_EQ(files_.Content("d/chunks_head/000001"), before);
  EXPECT_THAT(log_, testing::ContainsRegex("log replayed.*chunks=[45] "));
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

// Whether it is cut or garbled, the log has all.
TEST_F(MappedChunksTest, AreNoLossWhereTheirFileIsDamaged) {
  for (int i = 0; i < 600; ++i) Add(kStart + i * 15'000, i);
  ASSERT_TRUE(database_->Compact().ok());
  const std::string whole = files_.Content("d/chunks_head/000001");
  for (size_t at = 0; at < whole.size(); at += 97) {
    database_.reset();
    std::string content = whole;
    content[at] = static_cast<char>(content[at] ^ 1);
    files_.SetContent("d/chunks_head/000001", at % 2 == 0 ? content : whole.substr(0, at));
    Open();
    ExpectAll(600);
  }
}

TEST_F(MappedChunksTest, TakeAppendsAfterAStart) {
  for (int i = 0; i < 300; ++i) Add(kStart + i * 15'000, i);
  ASSERT_TRUE(database_->Compact().ok());
  for (int start = 300; start < 500; start += 40) {
    Open();
    const auto appender = database_->NewAppender();
    const LabelSet labels = LabelSet::Of({{"__name__", "x"}});
    const int64_t before_ms = kStart + (start - 2) * 15'000;
    EXPECT_EQ(appender->Append(storage::kNoRef, labels, before_ms, 1).status().code(),
              Code::kOutOfOrder);
    for (int i = start; i < start + 40; ++i) Add(kStart + i * 15'000, i);
    ASSERT_TRUE(database_->Compact().ok());
    ExpectAll(static_cast<size_t>(start) + 40);
  }
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
