#include "server/tsdb/backfill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "common/fs/memory_files.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kRangeMs = 1000;

class BackfillTest : public testing::Test {
 protected:
  using Samples = std::map<int64_t, double>;

  Backfill Make(uint64_t memory_bytes) {
    return Backfill(files_, clock_, {"d", kRangeMs, memory_bytes});
  }

  // What all blocks have of a series.
  Samples Read(const std::vector<BlockMeta>& blocks, const std::string& name) {
    Samples all;
    for (const BlockMeta& meta : blocks) {
      const auto block = *Block::Open(files_, "d/" + meta.ulid);
      const auto matcher = *storage::Matcher::Make(storage::Matcher::Op::kEqual, "n", name);
      const SlotList selected = *block->Select({matcher});
      for (const Slot slot : selected) {
        std::vector<ChunkMeta> chunks;
        EXPECT_TRUE(block->index().Series(slot, chunks).ok());
        storage::SampleColumns samples;
        EXPECT_TRUE(block->Read(slot, chunks, INT64_MIN, INT64_MAX, samples).ok());
        for (size_t i = 0; i < samples.size(); ++i) {
          EXPECT_GE(samples.timestamps_ms[i], meta.min_time_ms);
          EXPECT_LT(samples.timestamps_ms[i], meta.max_time_ms);
          EXPECT_TRUE(all.emplace(samples.timestamps_ms[i], samples.values[i]).second);
        }
      }
    }
    return all;
  }

  MemoryFiles files_;
  ManualClock clock_{1'700'000'000'000};
};

TEST_F(BackfillTest, SortsWhatComesInAnyOrderIntoOneBlockARange) {
  std::mt19937_64 random(1);
  for (const uint64_t memory_bytes : {uint64_t{1} << 30, uint64_t{60'000}}) {
    Backfill backfill = Make(memory_bytes);
    std::map<std::string, Samples> expected;
    for (int i = 0; i < 4'000; ++i) {
      const std::string name = std::to_string(random() % 7);
      const auto at_ms = static_cast<int64_t>(random() % 10'000) - 5000;
      const auto value = static_cast<double>(at_ms);
      expected[name].emplace(at_ms, value);
      ASSERT_TRUE(backfill.Add(backfill.SeriesOf(LabelSet::Of({{"n", name}})), at_ms, value).ok());
    }
    const auto blocks = backfill.Finish();
    ASSERT_TRUE(blocks.ok()) << blocks.message();
    EXPECT_EQ(blocks->size(), 10);
    size_t samples = 0;
    for (const BlockMeta& meta : *blocks) {
      EXPECT_EQ(meta.level, 1);
      EXPECT_THAT(meta.sources, testing::ElementsAre(meta.ulid));
      samples += meta.stats.samples;
    }
    size_t wanted = 0;
    for (const auto& [name, series] : expected) {
      EXPECT_EQ(Read(*blocks, name), series) << name;
      wanted += series.size();
    }
    EXPECT_EQ(samples, wanted);
    EXPECT_LE(samples + backfill.duplicate_count(), 4'000);
  }
}

TEST_F(BackfillTest, RefusesASecondValueAtOneTimeAndTakesTheSameOneTwice) {
  Backfill backfill = Make(1 << 20);
  const size_t series = backfill.SeriesOf(LabelSet::Of({{"n", "1"}}));
  EXPECT_TRUE(backfill.Add(series, 5, 1).ok());
  EXPECT_TRUE(backfill.Add(series, 5, 1).ok());
  EXPECT_EQ(backfill.Add(series, 5, 2).code(), Code::kDuplicate);
  const auto blocks = backfill.Finish();
  ASSERT_TRUE(blocks.ok());
  EXPECT_EQ(Read(*blocks, "1"), (Samples{{5, 1}}));
  EXPECT_EQ(backfill.duplicate_count(), 0);
}

TEST_F(BackfillTest, LeavesNothingBehindWhenItIsGivenUp) {
  {
    Backfill backfill = Make(1000);
    const size_t series = backfill.SeriesOf(LabelSet::Of({{"n", "1"}}));
    for (int64_t at_ms = 0; at_ms < 5000; ++at_ms) ASSERT_TRUE(backfill.Add(series, at_ms, 1).ok());
    EXPECT_FALSE(files_.List("d")->empty());
  }
  EXPECT_TRUE(files_.List("d")->empty());
}

}  // namespace
}  // namespace narthex::tsdb
