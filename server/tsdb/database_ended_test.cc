// Series that have ended leave memory before their time, where that is asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "common/bytes/numbers.h"
#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kStart = 1'699'999'200'000;
constexpr int64_t kMinuteMs = 60'000;

LabelSet Series(std::string_view name) { return LabelSet::Of({{"__name__", name}}); }

class DatabaseEndedTest : public testing::Test {
 protected:
  void Open(double threshold = 0.5) {
    database_.reset();
    auto opened =
        Database::Open({.directory = "d",
                        .wal_sync_interval = {0},
                        .replay_threads = 2,
                        .stale_threshold = threshold},
                       files_, clock_, Logger(LogOptions{}, &log_), registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }
  void Add(const std::string& name, int64_t minute, double value) {
    const auto appender = database_->NewAppender();
    ASSERT_TRUE(
        appender->Append(storage::kNoRef, Series(name), kStart + minute * kMinuteMs, value).ok());
    ASSERT_TRUE(appender->Commit().ok());
  }
  void End(const std::string& name, int64_t minute) { Add(name, minute, storage::StaleNaN()); }
  // "0 1 end": the values of a series.
  std::string Values(const std::string& name) {
    const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
    const auto set =
        *querier->Select({*storage::Matcher::Make(storage::Matcher::Op::kEqual, "__name__", name)});
    if (set->size() == 0) return "none";
    storage::SampleColumns samples;
    EXPECT_TRUE(set->Read(0, samples).ok());
    std::string text;
    for (const double value : samples.values) {
      text += text.empty() ? "" : " ";
      text += storage::IsStaleNaN(value) ? "end" : ApiDouble(value);
    }
    return text;
  }
  size_t InMemory() { return database_->Stats().series; }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseEndedTest, BecomeABlockOfTheirOwnAndStayReadable) {
  Open();
  for (const char* name : {"a", "b", "c"}) Add(name, 1, 1);
  Add("a", 2, 2);
  End("a", 3);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(InMemory(), 3U);  // too few
  End("b", 100);
  EXPECT_EQ(database_->Stats().ended_series, 2U);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(InMemory(), 1U);
  const auto metas = database_->BlockMetas();
  ASSERT_FALSE(metas.empty());
  for (const std::string& json : metas) {
    const auto meta = *ParseBlockMeta(json);
    EXPECT_THAT(meta.hints, testing::ElementsAre(kFromStaleSeries, kFromOutOfOrder));
  }
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(Values("a"), "1 2 end");
    EXPECT_EQ(Values("b"), "1 end");
    EXPECT_EQ(Values("c"), "1");
    EXPECT_EQ(InMemory(), 1U);
    Open();
  }
}

TEST_F(DatabaseEndedTest, MayBeginAgainWithTheSameLabels) {
  Open();
  Add("a", 1, 1);
  End("a", 2);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(InMemory(), 0U);
  Add("a", 3, 3);
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(Values("a"), "1 end 3");
    EXPECT_EQ(InMemory(), 1U);
    Open();
  }
  // What is in memory of all times becomes a block beside that of the ended series.
  Add("a", 60 * 4, 4);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(Values("a"), "1 end 3 4");
  Open();
  EXPECT_EQ(Values("a"), "1 end 3 4");
}

TEST_F(DatabaseEndedTest, StayInMemoryWhereThatIsNotAskedForOrAReaderLooksOn) {
  Open(0);
  Add("a", 1, 1);
  End("a", 2);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(InMemory(), 1U);
  database_->SetStaleThreshold(0.1);
  const auto reader = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(InMemory(), 1U);
  EXPECT_EQ(Values("a"), "1 end");
  Add("a", 3, 3);  // it goes on after all
}

TEST_F(DatabaseEndedTest, StayWhereAllInMemoryIsToBecomeABlockSoon) {
  Open();
  Add("a", 0, 1);
  End("a", 1);
  End("b", 175);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(InMemory(), 2U);
}

TEST_F(DatabaseEndedTest, AreLeftInMemoryWhereTheirBlockCannotBeWritten) {
  Open();
  Add("a", 1, 1);
  End("a", 2);
  files_.FailWritesAfter(10);
  EXPECT_FALSE(database_->Compact().ok());
  files_.FailWritesAfter(MemoryFiles::kNever);
  EXPECT_EQ(Values("a"), "1 end");
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(InMemory(), 0U);
  EXPECT_EQ(Values("a"), "1 end");
}

}  // namespace
}  // namespace narthex::tsdb
