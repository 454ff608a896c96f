// Which blocks are merged next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/fs/memory_files.h"
#include "server/tsdb/block_merge.h"
#include "server/tsdb/database.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kHourMs = 3'600'000;

class BlockPlanTest : public testing::Test {
 protected:
  // A block of one sample over these hours; `change` may change what its meta file says.
  BlockPtr Make(int64_t begin_hour, int64_t end_hour,
                const std::function<void(BlockMeta&)>& change = {}) {
    BlockMeta meta{.ulid = NewUlid(1000 * static_cast<int64_t>(++made_)),
                   .min_time_ms = begin_hour * kHourMs,
                   .max_time_ms = end_hour * kHourMs};
    meta.sources = {meta.ulid};
    const std::vector<std::string_view> symbols = {"a", "b"};
    const auto writer = *BlockWriter::Open(files_, "d", meta, symbols);
    storage::SampleColumns samples;
    samples.timestamps_ms = {meta.min_time_ms};
    samples.values = {1};
    EXPECT_TRUE(EncodeChunks(samples, FloatEncoding::kXor, [&](ChunkView chunk, int64_t, int64_t) {
                  return writer->AddChunk(chunk, meta.min_time_ms, meta.min_time_ms);
                }).ok());
    EXPECT_TRUE(writer->EndSeries({{0, 1}}).ok());
    BlockMeta written = *writer->Finish();
    if (change) {
      change(written);
      files_.SetContent("d/" + meta.ulid + "/meta.json", FormatBlockMeta(written));
    }
    return *Block::Open(files_, "d/" + meta.ulid);
  }

  // "0-2 2-4": the hours of the blocks that are to be merged.
  static std::vector<std::string> Plan(const std::vector<BlockPtr>& blocks) {
    std::vector<std::string> hours;
    for (const BlockPtr& block : PlanMerge(blocks, BlockRanges(2 * kHourMs, 18 * kHourMs))) {
      hours.push_back(std::to_string(block->meta().min_time_ms / kHourMs) + "-" +
                      std::to_string(block->meta().max_time_ms / kHourMs));
    }
    return hours;
  }

  static void Fail(BlockMeta& meta) { meta.failed = true; }

  MemoryFiles files_;
  size_t made_ = 0;
};

TEST_F(BlockPlanTest, FillsRangesAndPassesOverThoseWithAFailedBlock) {
  std::vector<BlockPtr> blocks = {Make(0, 2),  Make(2, 4),   Make(4, 6),  Make(6, 8),
                                  Make(8, 10), Make(10, 12), Make(12, 14)};
  EXPECT_THAT(Plan(blocks), ElementsAre("0-2", "2-4", "4-6"));
  blocks[1] = Make(2, 4, Fail);
  EXPECT_THAT(Plan(blocks), ElementsAre("6-8", "8-10", "10-12"));
}

TEST_F(BlockPlanTest, TakesOverlappingBlocksFirstButForFailedOnes) {
  const std::vector<BlockPtr> others = {Make(0, 2), Make(2, 4), Make(4, 6)};
  const auto with = [&](std::vector<BlockPtr> more) {
    more.insert(more.end(), others.begin(), others.end());
    return more;
  };
  EXPECT_THAT(Plan(with({Make(8, 10), Make(9, 10), Make(20, 22)})), ElementsAre("8-10", "9-10"));
  EXPECT_THAT(Plan(with({Make(8, 10, Fail), Make(9, 10), Make(20, 22), Make(21, 22)})),
              ElementsAre("20-22", "21-22"));
  EXPECT_THAT(Plan(with({Make(8, 10, Fail), Make(9, 10), Make(20, 22)})),
              ElementsAre("0-2", "2-4", "4-6"));
}

// A block of both would make the next start leave out what only the log has of that time.
TEST_F(BlockPlanTest, KeepsLateSamplesApartWhereMemoryHasTheOthersOfTheirTime) {
  const auto late = [](BlockMeta& meta) { meta.hints = {std::string(kFromOutOfOrder)}; };
  std::vector<BlockPtr> blocks = {Make(0, 2), Make(2, 4), Make(4, 6, late), Make(6, 8, late)};
  EXPECT_THAT(Plan(blocks), IsEmpty());
  blocks.push_back(Make(4, 6, late));
  EXPECT_THAT(Plan(blocks), ElementsAre("4-6", "4-6"));
  blocks.push_back(Make(4, 6));
  EXPECT_THAT(Plan(blocks), ElementsAre("4-6", "4-6", "4-6"));
}

TEST_F(BlockPlanTest, WritesALongBlockAnewOfWhichMuchWasDeleted) {
  const auto deleted = [](BlockMeta& meta) {
    meta.stats.series = 100;
    meta.stats.tombstones = 10;
  };
  EXPECT_THAT(Plan({Make(0, 18, deleted), Make(18, 20)}), ElementsAre("0-18"));
  EXPECT_THAT(Plan({Make(0, 18), Make(18, 20)}), IsEmpty());
  EXPECT_THAT(Plan({Make(18, 20, deleted), Make(20, 22)}), IsEmpty());  // short
  const auto all_deleted = [](BlockMeta& meta) { meta.stats.tombstones = 1; };
  EXPECT_THAT(Plan({Make(18, 20, all_deleted), Make(20, 22)}), ElementsAre("18-20"));
}

TEST_F(BlockPlanTest, LeavesBlocksAloneThatWaitForTheirUpload) {
  const std::vector<BlockPtr> blocks = {Make(6, 12, [](BlockMeta& meta) { meta.level = 2; }),
                                        Make(0, 2), Make(2, 4), Make(4, 6)};
  std::string log;
  const Logger logger(LogOptions{}, &log);
  const auto count = [&](const std::string& list) {
    files_.SetContent("shipper.json", list);
    return BlocksToMerge(blocks, files_, "shipper.json", logger).size();
  };
  const auto list = [&](const std::vector<size_t>& uploaded) {
    std::string json = "{\"version\": 1, \"uploaded\": [";
    for (const size_t number : uploaded)
      json += (json.back() == '[' ? "\"" : ", \"") + blocks[number]->meta().ulid + "\"";
    return json + "]}";
  };
  EXPECT_EQ(count(list({})), 1U);  // one of a higher level is not uploaded
  EXPECT_EQ(count(list({1, 3})), 2U);
  EXPECT_EQ(count(list({1, 2, 3})), 4U);
  EXPECT_EQ(count("{}"), 1U);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(count("no json"), 4U);
  EXPECT_THAT(log, testing::HasSubstr("shipper.json"));
  EXPECT_EQ(BlocksToMerge(blocks, files_, "absent.json", logger).size(), 4U);
  EXPECT_EQ(BlocksToMerge(blocks, files_, "", logger).size(), 4U);
}

TEST_F(BlockPlanTest, NotesInTheMetaFilesThatBlocksCouldNotBeMerged) {
  std::vector<std::string> names;
  for (const BlockPtr& block : {Make(0, 2), Make(2, 4), Make(4, 6), Make(6, 8)})
    names.push_back(block->meta().ulid);
  std::string chunks = files_.Content("d/" + names[1] + "/chunks/000001");
  chunks.back() = static_cast<char>(chunks.back() ^ 1);
  files_.SetContent("d/" + names[1] + "/chunks/000001", chunks);
  SystemClock clock;
  Registry registry;
  const auto database = *Database::Open({.directory = "d",
                                         .max_block_range = {6 * kHourMs},
                                         .retention = {.time = {0}},
                                         .wal_sync_interval = {0}},
                                        files_, clock, Logger(LogOptions{}), registry);
  EXPECT_EQ(database->Compact().code(), Code::kCorruption);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto meta = *ParseBlockMeta(files_.Content("d/" + names[i] + "/meta.json"));
    EXPECT_EQ(meta.failed, i < 3) << i;
  }
  EXPECT_TRUE(database->Compact().ok());  // they are left alone now
}

}  // namespace
}  // namespace narthex::tsdb
