#include "server/tsdb/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/fs/memory_files.h"
#include "server/tsdb/backfill.h"
#include "server/tsdb/wal_records.h"
#include "server/tsdb/wal_writer.h"

namespace narthex::tsdb {
namespace {

class VerifyTest : public testing::Test {
 protected:
  // One block of three series of 300 samples each, one a second from 0 on.
  std::string WriteBlock() {
    Backfill backfill(files_, clock_, {"d"});
    for (const char* name : {"a", "b", "c"}) {
      const size_t series = backfill.SeriesOf(LabelSet::Of({{"n", name}}));
      for (int64_t i = 0; i < 300; ++i)
        EXPECT_TRUE(backfill.Add(series, i * 1000, static_cast<double>(i * i)).ok());
    }
    return "d/" + backfill.Finish()->front().ulid;
  }

  std::vector<Finding> Verify(const std::string& folder, VerifyCounts* counts = nullptr) {
    std::vector<Finding> found;
    const auto counted =
        VerifyBlock(files_, folder, [&](const Finding& one) { found.push_back(one); });
    if (counts != nullptr) *counts = counted;
    return found;
  }

  std::vector<Finding> VerifyWal() {
    std::vector<Finding> found;
    VerifyLog(files_, "w", [&](const Finding& one) { found.push_back(one); });
    return found;
  }

  void Flip(const std::string& path, size_t offset) {
    std::string content = files_.Content(path);
    content[offset] = static_cast<char>(content[offset] ^ 0x10);
    files_.SetContent(path, content);
  }

  MemoryFiles files_;
  ManualClock clock_{1'700'000'000'000};
};

TEST_F(VerifyTest, FindsNothingInAGoodBlock) {
  VerifyCounts counts;
  const auto found = Verify(WriteBlock(), &counts);
  for (const Finding& one : found) ADD_FAILURE() << one.status.message();
  EXPECT_EQ(counts.series, 3);
  EXPECT_EQ(counts.chunks, 9);
  EXPECT_EQ(counts.samples, 900);
}

TEST_F(VerifyTest, NamesSeriesAndTimeOfADamagedChunk) {
  const std::string folder = WriteBlock();
  Flip(folder + "/chunks/000001", 20);
  const auto found = Verify(folder);
  ASSERT_EQ(found.size(), 1);
  EXPECT_THAT(found[0].status.message(), testing::HasSubstr("series {n=\"a\"}: chunk 8"));
  ASSERT_TRUE(found[0].lost);
  EXPECT_EQ(found[0].lost->min_time_ms, 0);
  EXPECT_EQ(found[0].lost->max_time_ms, 119'000);
}

// Checksums leave no byte of a block out but padding.
TEST_F(VerifyTest, FindsEveryByteThatIsFlipped) {
  const std::string folder = WriteBlock();
  for (const char* file : {"/index", "/chunks/000001", "/tombstones"}) {
    const std::string path = folder + file;
    const std::string content = files_.Content(path);
    size_t unnoticed = 0;
    for (size_t i = 0; i < content.size(); ++i) {
      if (content[i] == '\0') continue;  // may be padding
      Flip(path, i);
      unnoticed += Verify(folder).empty() ? 1 : 0;
      files_.SetContent(path, content);
    }
    EXPECT_EQ(unnoticed, 0) << file;
  }
}

TEST_F(VerifyTest, TellsWhatMetaCountsWrong) {
  const std::string folder = WriteBlock();
  std::string meta = files_.Content(folder + "/meta.json");
  const std::string_view wanted = "\"numSamples\": 900";
  const size_t at = meta.find(wanted);
  ASSERT_NE(at, std::string::npos);
  files_.SetContent(folder + "/meta.json", meta.replace(at, wanted.size(), "\"numSamples\": 901"));
  const auto found = Verify(folder);
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].status.message(), "meta.json: 901 samples, found 900");
}

TEST_F(VerifyTest, TellsBetweenWhichTimesALogIsDamaged) {
  for (uint64_t segment = 0; segment < 3; ++segment) {
    const auto writer = *WalWriter::Open(files_, "w", segment, {});
    for (int64_t i = 0; i < 10; ++i) {
      std::string record;
      const std::vector<RefSample> samples = {
          {1, static_cast<int64_t>(segment) * 1000 + i * 10, 1.0}};
      EncodeSamples(samples, record);
      ASSERT_TRUE(writer->Log({record}).ok());
    }
  }
  EXPECT_TRUE(VerifyWal().empty());
  const size_t size = files_.Content("w/00000001").size();
  Flip("w/00000001", size / 2);
  const auto found = VerifyWal();
  ASSERT_EQ(found.size(), 1);
  ASSERT_TRUE(found[0].lost);
  EXPECT_EQ(found[0].lost->min_time_ms, 1040);
  EXPECT_EQ(found[0].lost->max_time_ms, 2000);
  ASSERT_TRUE(files_.Remove("w/00000001").ok());
  EXPECT_EQ(VerifyWal().at(0).status.message(), "segment 00000001 is missing");
}

TEST(Overlaps, AreOfEachBlockWithThoseBefore) {
  const auto block = [](const char* ulid, int64_t min_ms, int64_t max_ms) {
    return BlockMeta{.ulid = ulid, .min_time_ms = min_ms, .max_time_ms = max_ms};
  };
  const auto found = OverlapsOf({block("c", 15, 40), block("a", 0, 10), block("b", 10, 20)});
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].ulid, "c");
  EXPECT_EQ(found[0].with_earlier.min_time_ms, 15);
  EXPECT_EQ(found[0].with_earlier.max_time_ms, 19);
}

}  // namespace
}  // namespace narthex::tsdb
