// Deletion, cleaning and snapshots.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "common/bytes/numbers.h"
#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

using storage::Matcher;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kStart = 1'699'999'200'000;
constexpr int64_t kHourMs = 3'600'000;

LabelSet Series(std::string_view name) { return LabelSet::Of({{"__name__", name}}); }

std::vector<std::vector<Matcher>> Named(const std::string& name) {
  return {{*Matcher::Make(Matcher::Op::kEqual, "__name__", name)}};
}

class DatabaseAdminTest : public testing::Test {
 protected:
  void SetUp() override {
    Open();
    for (int hour = 0; hour < 10; ++hour) {
      Add("x", hour);
      Add("y", hour);
    }
  }
  void Open(const std::string& directory = "d") {
    database_.reset();
    auto opened = Database::Open(
        {.directory = directory, .wal_sync_interval = {0}, .out_of_order_window = {24 * kHourMs}},
        files_, clock_, Logger(LogOptions{}, &log_), registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }
  // A sample at an hour, whose number is its value.
  void Add(const std::string& name, int hour) {
    const auto appender = database_->NewAppender();
    ASSERT_TRUE(
        appender->Append(storage::kNoRef, Series(name), kStart + hour * kHourMs, hour).ok());
    ASSERT_TRUE(appender->Commit().ok());
  }
  // "0 1 2": the values of a series.
  std::string Values(const std::string& name) {
    const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
    const auto set = *querier->Select(Named(name)[0]);
    if (set->size() == 0) return "none";
    storage::SampleColumns samples;
    EXPECT_TRUE(set->Read(0, samples).ok());
    std::string text;
    for (const double value : samples.values) text += (text.empty() ? "" : " ") + ApiDouble(value);
    return text;
  }
  Status Delete(const std::string& name, int first_hour, int last_hour) {
    return database_->DeleteSeries(kStart + first_hour * kHourMs, kStart + last_hour * kHourMs,
                                   Named(name));
  }
  std::vector<std::string> BlockNames(const std::string& directory) {
    std::vector<std::string> names;
    const auto all = *files_.List(directory);
    for (const std::string& name : all)
      if (name.size() == 26) names.push_back(name);
    return names;
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseAdminTest, DeletesInMemoryAndInBlocks) {
  ASSERT_TRUE(Delete("x", 7, 8).ok());
  EXPECT_EQ(Values("x"), "0 1 2 3 4 5 6 9");
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(Values("x"), "0 1 2 3 4 5 6 9");
  ASSERT_TRUE(Delete("x", 1, 2).ok());
  for (const char* when : {"at once", "after a crash", "after the next"}) {
    EXPECT_EQ(Values("x"), "0 3 4 5 6 9") << when;
    EXPECT_EQ(Values("y"), "0 1 2 3 4 5 6 7 8 9") << when;
    Open();
  }
  for (int hour = 10; hour < 16; ++hour) Add("x", hour);
  ASSERT_TRUE(database_->Compact().ok());
  Open();
  EXPECT_EQ(Values("x"), "0 3 4 5 6 9 10 11 12 13 14 15");
}

TEST_F(DatabaseAdminTest, DeletesLateSamplesThatAreThere) {
  Add("z", 9);
  Add("z", 3);
  Add("z", 4);
  ASSERT_TRUE(Delete("z", 4, 9).ok());
  EXPECT_EQ(Values("z"), "3");
  Open();
  EXPECT_EQ(Values("z"), "3");
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(Values("z"), "3");
}

TEST_F(DatabaseAdminTest, CleansBlocksOfWhatWasDeleted) {
  ASSERT_TRUE(database_->Compact().ok());
  ASSERT_TRUE(Delete("x", 0, 3).ok());
  ASSERT_TRUE(Delete("y", 0, 1).ok());
  const auto before = BlockNames("d");
  ASSERT_TRUE(database_->CleanTombstones().ok());
  EXPECT_EQ(Values("x"), "4 5 6 7 8 9");
  EXPECT_EQ(Values("y"), "2 3 4 5 6 7 8 9");
  const auto after = BlockNames("d");
  EXPECT_LT(after.size(), before.size() + 1);
  for (const std::string& name : after) {
    const auto meta = *ParseBlockMeta(files_.Content("d/" + name + "/meta.json"));
    EXPECT_EQ(meta.stats.tombstones, 0U);
    EXPECT_EQ(ParseTombstones(files_.Content("d/" + name + "/tombstones"))->size(), 0U);
  }
  ASSERT_TRUE(Delete("x", 0, 100).ok());
  ASSERT_TRUE(Delete("y", 0, 100).ok());
  ASSERT_TRUE(database_->CleanTombstones().ok());
  EXPECT_THAT(BlockNames("d"), IsEmpty());
  EXPECT_EQ(Values("x"), "");
}

TEST_F(DatabaseAdminTest, CountsTombstonesInTheMetaFile) {
  ASSERT_TRUE(database_->Compact().ok());
  ASSERT_TRUE(Delete("x", 0, 0).ok());
  uint64_t tombstones = 0;
  for (const std::string& name : BlockNames("d"))
    tombstones += ParseBlockMeta(files_.Content("d/" + name + "/meta.json"))->stats.tombstones;
  EXPECT_EQ(tombstones, 1U);
}

TEST_F(DatabaseAdminTest, SnapshotsOpenAsDatabases) {
  Add("late", 9);
  Add("late", 1);
  ASSERT_TRUE(database_->Compact().ok());
  ASSERT_TRUE(Delete("x", 0, 0).ok());
  const std::string whole = "d/snapshots/" + *database_->Snapshot(true);
  const std::string without_head = "d/snapshots/" + *database_->Snapshot(false);
  ASSERT_TRUE(Delete("y", 0, 100).ok());
  Open(whole);
  EXPECT_EQ(Values("x"), "1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(Values("y"), "0 1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(Values("late"), "1 9");
  Open(without_head);
  EXPECT_EQ(Values("x").substr(0, 5), "1 2 3");
  EXPECT_EQ(Values("x").find('9'), std::string::npos);
}

}  // namespace
}  // namespace narthex::tsdb
