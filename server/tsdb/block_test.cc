#include "server/tsdb/block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "common/fs/memory_files.h"
#include "server/tsdb/block_merge.h"
#include "server/tsdb/block_writer.h"
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {
namespace {

using storage::Matcher;
using testing::ElementsAre;

constexpr int64_t kNow = 1'700'000'000'000;

storage::SampleColumns RandomSamples(std::mt19937_64& random, size_t count) {
  storage::SampleColumns samples;
  int64_t at_ms = kNow;
  for (size_t i = 0; i < count; ++i) {
    at_ms += 1 + static_cast<int64_t>(random() % 30'000);
    samples.timestamps_ms.push_back(at_ms);
    samples.values.push_back(i % 3 == 0 ? std::bit_cast<double>(random())
                                        : static_cast<double>(random() % 100));
  }
  return samples;
}

std::vector<uint64_t> Bits(const std::vector<double>& values) {
  std::vector<uint64_t> bits;
  bits.reserve(values.size());
  for (double value : values) bits.push_back(std::bit_cast<uint64_t>(value));
  return bits;
}

class BlockTest : public testing::Test {
 protected:
  // Series {__name__="x", n="000" …} of random samples.
  std::string Write(size_t series_count) {
    std::vector<std::string> texts = {"__name__", "n", "x"};
    for (size_t i = 0; i < series_count; ++i) texts.push_back(Number(i));
    std::sort(texts.begin(), texts.end());
    const std::vector<std::string_view> symbols(texts.begin(), texts.end());
    const auto number_of = [&](std::string_view text) {
      return static_cast<uint32_t>(std::lower_bound(symbols.begin(), symbols.end(), text) -
                                   symbols.begin());
    };
    BlockMeta meta{.ulid = NewUlid(kNow), .min_time_ms = kNow, .max_time_ms = kNow + 86'400'000};
    meta.sources = {meta.ulid};
    const auto writer = *BlockWriter::Open(files_, "d", meta, symbols);
    for (size_t i = 0; i < series_count; ++i) {
      written_.push_back(RandomSamples(random_, 1 + random_() % 400));
      EXPECT_TRUE(EncodeChunks(written_.back(), FloatEncoding::kXor,
                               [&](ChunkView chunk, int64_t min, int64_t max) {
                                 return writer->AddChunk(chunk, min, max);
                               })
                      .ok());
      EXPECT_TRUE(writer
                      ->EndSeries({{number_of("__name__"), number_of("x")},
                                   {number_of("n"), number_of(Number(i))}})
                      .ok());
    }
    EXPECT_TRUE(writer->Finish().ok());
    return meta.ulid;
  }
  static std::string Number(size_t i) {
    const std::string digits = std::to_string(i);
    return std::string(3 - digits.size(), '0') + digits;
  }

  MemoryFiles files_;
  std::mt19937_64 random_{7};
  std::vector<storage::SampleColumns> written_;
};

TEST_F(BlockTest, GivesBackEveryBitOfWhatWasWritten) {
  const std::string ulid = Write(200);
  const auto block = *Block::Open(files_, "d/" + ulid);
  EXPECT_EQ(block->meta().stats.series, 200U);
  const auto selected = *block->Select({*Matcher::Make(Matcher::Op::kEqual, "__name__", "x")});
  ASSERT_EQ(selected.size(), 200U);
  for (size_t i = 0; i < selected.size(); ++i) {
    std::vector<ChunkMeta> chunks;
    EXPECT_EQ(block->index().Series(selected[i], chunks)->Get("n"), Number(i));
    storage::SampleColumns samples;
    ASSERT_TRUE(block->Read(selected[i], chunks, 0, storage::kMaxTime, samples).ok());
    EXPECT_EQ(samples.timestamps_ms, written_[i].timestamps_ms);
    EXPECT_EQ(Bits(samples.values), Bits(written_[i].values));
  }
}

TEST_F(BlockTest, FindsEveryValueOfALabelAndNoOther) {
  const auto block = *Block::Open(files_, "d/" + Write(150));
  for (size_t i = 0; i < 150; ++i) EXPECT_EQ(block->index().Postings("n", Number(i))->size(), 1U);
  for (const char* value : {"", "0", "0005", "9"})
    EXPECT_TRUE(block->index().Postings("n", value)->empty()) << value;
  const auto few = *block->Select({*Matcher::Make(Matcher::Op::kRegex, "n", "00[0-3]"),
                                   *Matcher::Make(Matcher::Op::kNotEqual, "n", "002")});
  EXPECT_EQ(few.size(), 3U);
}

// Whatever byte is garbled, opening or reading says so or gives what was written.
TEST_F(BlockTest, NoticesAGarbledByteAnywhere) {
  const std::string folder = "d/" + Write(3);
  for (const char* name : {"/index", "/chunks/000001"}) {
    const std::string good = files_.Content(folder + name);
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x41);
      files_.SetContent(folder + name, bad);
      const auto block = Block::Open(files_, folder);
      if (!block.ok()) continue;
      const auto selected = (*block)->Select({});
      if (!selected.ok()) continue;
      for (size_t k = 0; k < selected->size(); ++k) {
        std::vector<ChunkMeta> chunks;
        storage::SampleColumns samples;
        if (!(*block)->index().Series((*selected)[k], chunks).ok()) continue;
        if (!(*block)->Read((*selected)[k], chunks, 0, storage::kMaxTime, samples).ok()) continue;
        EXPECT_EQ(Bits(samples.values), Bits(written_[k].values)) << name << " byte " << i;
      }
    }
    files_.SetContent(folder + name, good);
  }
}

TEST_F(BlockTest, MergesOverlappingBlocksWithoutWhatWasDeleted) {
  const std::string first = Write(4);
  const std::string second = Write(6);
  const BlockPtr a = *Block::Open(files_, "d/" + first);
  Tombstones tombstones;
  const Slot deleted = a->index().Postings("n", "001")->front();
  AddInterval(tombstones[deleted], {0, storage::kMaxTime});
  files_.SetContent("d/" + first + "/tombstones", FormatTombstones(tombstones));
  const std::vector<BlockPtr> blocks = {*Block::Open(files_, "d/" + first),
                                        *Block::Open(files_, "d/" + second)};
  EXPECT_EQ(PlanMerge(blocks, BlockRanges(7'200'000, 0)).size(), 2U);
  const BlockMeta meta = *MergeBlocks(files_, blocks, {"d", kNow});
  EXPECT_EQ(meta.level, 2);
  EXPECT_EQ(meta.parents.size(), 2U);
  const BlockPtr merged = *Block::Open(files_, "d/" + meta.ulid);
  const SlotList selected = *merged->Select({});
  ASSERT_EQ(selected.size(), 6U);
  for (size_t i = 0; i < selected.size(); ++i) {
    storage::SampleColumns want = i < 4 && i != 1 ? written_[i] : storage::SampleColumns();
    MergeSamples(want, written_[4 + i]);
    std::vector<ChunkMeta> chunks;
    EXPECT_EQ(merged->index().Series(selected[i], chunks)->Get("n"), Number(i));
    storage::SampleColumns samples;
    ASSERT_TRUE(merged->Read(selected[i], chunks, 0, storage::kMaxTime, samples).ok());
    EXPECT_EQ(samples.timestamps_ms, want.timestamps_ms) << i;
    EXPECT_EQ(Bits(samples.values), Bits(want.values)) << i;
  }
}

TEST(BlockMeta, KeepsEveryField) {
  BlockMeta meta{.ulid = NewUlid(kNow), .min_time_ms = -5, .max_time_ms = 7};
  meta.stats = {6, 5, 1, 4, 3, 2};
  meta.level = 3;
  meta.sources = {NewUlid(1), NewUlid(2)};
  meta.parents = {{NewUlid(3), 1, 2}};
  meta.hints = {std::string(kFromOutOfOrder)};
  meta.deletable = true;
  const auto back = ParseBlockMeta(FormatBlockMeta(meta));
  ASSERT_TRUE(back.ok()) << back.message();
  EXPECT_EQ(FormatBlockMeta(*back), FormatBlockMeta(meta));
  EXPECT_TRUE(back->from_out_of_order());
  EXPECT_EQ(back->parents[0].max_time_ms, 2);
  EXPECT_EQ(ParseBlockMeta("{\"version\": 2}").code(), Code::kInvalidArgument);
  EXPECT_EQ(ParseBlockMeta("{\"version\": 1}").code(), Code::kCorruption);
}

TEST(Ulid, SortsByTime) {
  EXPECT_LT(NewUlid(kNow), NewUlid(kNow + 1));
  EXPECT_EQ(UlidTimeMs(NewUlid(kNow)), kNow);
  EXPECT_FALSE(IsUlid("01BZJ9WJQPWHGNC2W4J9TA62K"));
  EXPECT_FALSE(IsUlid("01BZJ9WJQPWHGNC2W4J9TA62KU"));
}

TEST(Tombstones, JoinWhatTouchesAndRoundTrip) {
  Tombstones tombstones;
  for (const Interval interval : {Interval{10, 20}, Interval{30, 40}, Interval{21, 25}})
    AddInterval(tombstones[3], interval);
  ASSERT_EQ(tombstones[3].size(), 2U);
  EXPECT_EQ(tombstones[3][0].max_time_ms, 25);
  std::string file = FormatTombstones(tombstones);
  const auto back = *ParseTombstones(file);
  EXPECT_EQ(back.at(3)[1].min_time_ms, 30);
  storage::SampleColumns samples;
  samples.timestamps_ms = {9, 10, 26, 40, 41};
  samples.values = {1, 2, 3, 4, 5};
  RemoveDeleted(back.at(3), 0, samples);
  EXPECT_THAT(samples.values, ElementsAre(1, 3, 5));
  file[6] = static_cast<char>(file[6] ^ 1);
  EXPECT_EQ(ParseTombstones(file).code(), Code::kCorruption);
}

TEST(MergeSamples, TakesEachTimeOnce) {
  storage::SampleColumns samples;
  samples.timestamps_ms = {1, 3, 5};
  samples.values = {1, 3, 5};
  storage::SampleColumns more;
  more.timestamps_ms = {0, 3, 4, 9};
  more.values = {0, 33, 4, 9};
  MergeSamples(samples, more);
  EXPECT_THAT(samples.values, ElementsAre(0, 1, 3, 4, 5, 9));
}

}  // namespace
}  // namespace narthex::tsdb
