#include "server/tsdb/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/fs/memory_files.h"
#include "server/tsdb/backfill.h"
#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {
namespace {

using storage::Matcher;
using testing::ElementsAre;
using testing::IsEmpty;
using Op = Matcher::Op;

constexpr int64_t kStart = 1'700'000'000'000;

LabelSet Series(std::string_view name, std::string_view job = "a") {
  return LabelSet::Of({{"__name__", name}, {"job", job}});
}

class DatabaseTest : public testing::Test {
 protected:
  void Open() {
    database_.reset();
    auto opened =
        Database::Open({.directory = "d", .wal_sync_interval = {0}, .replay_threads = 2}, files_,
                       clock_, Logger(LogOptions{}, &log_), registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }
  void SetUp() override { Open(); }

  Status Add(const LabelSet& labels, int64_t timestamp_ms, double value) {
    auto appender = database_->NewAppender();
    RETURN_IF_ERROR(appender->Append(storage::kNoRef, labels, timestamp_ms, value).status());
    return appender->Commit();
  }

  // "labels t=v t=v" a series, timestamps from kStart.
  std::vector<std::string> Query(const std::vector<Matcher>& matchers,
                                 const storage::Querier* querier = nullptr) {
    std::unique_ptr<storage::Querier> own;
    if (querier == nullptr) {
      own = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
      querier = own.get();
    }
    const auto set = *querier->Select(matchers);
    std::vector<std::string> out;
    for (size_t i = 0; i < set->size(); ++i) {
      storage::SampleColumns samples;
      EXPECT_TRUE(set->Read(i, samples).ok());
      std::string line = set->labels(i).ToString();
      for (size_t k = 0; k < samples.size(); ++k) {
        line += " " + std::to_string(samples.timestamps_ms[k] - kStart) + "=" +
                ApiDouble(samples.values[k]);
      }
      out.push_back(line);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  static std::vector<Matcher> Where(std::string name, Op op, std::string value) {
    return {*Matcher::Make(op, std::move(name), std::move(value))};
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, FindsSeriesByEveryKindOfMatcher) {
  for (const char* job : {"a", "b", "c"}) ASSERT_TRUE(Add(Series("up", job), kStart, 1).ok());
  ASSERT_TRUE(Add(LabelSet::Of({{"__name__", "bare"}}), kStart, 1).ok());
  EXPECT_EQ(Query(Where("job", Op::kEqual, "b")).size(), 1U);
  EXPECT_EQ(Query(Where("job", Op::kNotEqual, "b")).size(), 3U);  // the bare one too
  EXPECT_EQ(Query(Where("job", Op::kRegex, "a|c")).size(), 2U);
  EXPECT_EQ(Query(Where("job", Op::kRegex, "a|c|")).size(), 3U);
  EXPECT_EQ(Query(Where("job", Op::kRegex, "[bc]")).size(), 2U);
  EXPECT_EQ(Query(Where("job", Op::kNotRegex, "[bc]")).size(), 2U);
  EXPECT_EQ(Query(Where("job", Op::kEqual, "")).size(), 1U);
  EXPECT_EQ(Query(Where("job", Op::kNotEqual, "")).size(), 3U);
  EXPECT_THAT(Query(Where("nope", Op::kEqual, "x")), IsEmpty());
  const auto querier = database_->NewQuerier(0, storage::kMaxTime);
  EXPECT_THAT(*querier->LabelNames({}), ElementsAre("__name__", "job"));
  EXPECT_THAT(*querier->LabelNames(Where("__name__", Op::kEqual, "bare")), ElementsAre("__name__"));
  EXPECT_THAT(*querier->LabelValues("job", {}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*querier->LabelValues("job", Where("job", Op::kNotEqual, "a")),
              ElementsAre("b", "c"));
}

TEST_F(DatabaseTest, RefusesSamplesThatDoNotFitAndKeepsTheOthers) {
  ASSERT_TRUE(Add(Series("x"), kStart + 1000, 1).ok());
  EXPECT_EQ(Add(Series("x"), kStart + 1000, 2).code(), Code::kDuplicate);
  EXPECT_TRUE(Add(Series("x"), kStart + 1000, 1).ok());
  EXPECT_EQ(Add(Series("x"), kStart + 999, 1).code(), Code::kOutOfOrder);
  EXPECT_EQ(Add(Series("y"), kStart - 2 * 3'600'000, 1).code(), Code::kOutOfBounds);
  EXPECT_EQ(Add(LabelSet(), kStart + 2000, 1).code(), Code::kInvalidArgument);
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), ElementsAre("x{job=\"a\"} 1000=1"));
}

TEST_F(DatabaseTest, ShowsNothingOfAnAppenderThatDidNotCommit) {
  auto appender = database_->NewAppender();
  ASSERT_TRUE(appender->Append(storage::kNoRef, Series("x"), kStart, 1).ok());
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), ElementsAre("x{job=\"a\"}"));
  appender.reset();
  Open();
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), IsEmpty());
}

TEST_F(DatabaseTest, HidesLaterCommitsFromAnEarlierQuerier) {
  ASSERT_TRUE(Add(Series("x"), kStart, 0).ok());
  const auto before = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
  // More than fit in place, and over the end of a chunk.
  for (int i = 1; i <= 300; ++i) ASSERT_TRUE(Add(Series("x"), kStart + i, i).ok());
  const auto between = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
  ASSERT_TRUE(Add(Series("x"), kStart + 1000, 0).ok());
  const auto where = Where("__name__", Op::kEqual, "x");
  EXPECT_THAT(Query(where, before.get()), ElementsAre("x{job=\"a\"} 0=0"));
  EXPECT_THAT(Query(where, between.get())[0], testing::EndsWith(" 300=300"));
  EXPECT_THAT(Query(where)[0], testing::EndsWith(" 1000=0"));
}

TEST_F(DatabaseTest, KeepsEveryCommitOverACrash) {
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(Add(Series("x", std::to_string(i % 7)), kStart + i * 1000, i).ok());
  }
  const auto where = Where("__name__", Op::kEqual, "x");
  const auto before = Query(where);
  Open();  // what was not in the log is gone
  EXPECT_EQ(Query(where), before);
  ASSERT_TRUE(Add(Series("x", "0"), kStart + 1'000'000, 1).ok());
  Open();
  EXPECT_THAT(Query(Where("job", Op::kEqual, "0"))[0], testing::EndsWith(" 1000000=1"));
}

TEST_F(DatabaseTest, CutsOffADamagedEndAndGoesOn) {
  ASSERT_TRUE(Add(Series("x"), kStart, 1).ok());
  ASSERT_TRUE(Add(Series("x"), kStart + 1, 2).ok());
  database_.reset();
  std::string segment = files_.Content("d/wal/00000000");
  segment.resize(segment.size() - 1);
  files_.SetContent("d/wal/00000000", segment);
  Open();
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), ElementsAre("x{job=\"a\"} 0=1"));
  EXPECT_THAT(log_, testing::HasSubstr("cut short by a crash"));
  ASSERT_TRUE(Add(Series("x"), kStart + 2, 3).ok());
  log_.clear();
  Open();
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), ElementsAre("x{job=\"a\"} 0=1 2=3"));
  EXPECT_THAT(log_, testing::Not(testing::HasSubstr("cut short")));
}

TEST_F(DatabaseTest, AppliesNothingWhenTheLogCannotBeWritten) {
  ASSERT_TRUE(Add(Series("x"), kStart, 1).ok());
  files_.FailWritesAfter(3);
  EXPECT_EQ(Add(Series("x"), kStart + 1, 2).code(), Code::kUnavailable);
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), ElementsAre("x{job=\"a\"} 0=1"));
  files_.FailWritesAfter(MemoryFiles::kNever);
  EXPECT_TRUE(Add(Series("x"), kStart + 1, 2).ok());
  Open();
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), ElementsAre("x{job=\"a\"} 0=1 1=2"));
}

TEST_F(DatabaseTest, MovesOldDataFromMemoryAndLogIntoBlocks) {
  for (int hour = 0; hour < 12; ++hour) {
    ASSERT_TRUE(Add(Series("long"), kStart + hour * 3'600'000, hour).ok());
    if (hour < 3) {
      ASSERT_TRUE(Add(Series("short"), kStart + hour * 3'600'000, hour).ok());
    }
    ASSERT_TRUE(database_->Compact().ok());
  }
  const auto all = Where("__name__", Op::kRegex, ".+");
  const auto before = Query(all);
  EXPECT_THAT(before, ElementsAre(testing::EndsWith("36000000=10 39600000=11"),
                                  "short{job=\"a\"} 0=0 3600000=1 7200000=2"));
  EXPECT_EQ(database_->Stats().series, 1U);
  EXPECT_TRUE(ListWal(files_, "d/wal")->checkpoint.has_value());
  Open();
  EXPECT_EQ(Query(all), before);
  const auto querier = database_->NewQuerier(0, storage::kMaxTime);
  EXPECT_THAT(*querier->LabelValues("__name__", {}), ElementsAre("long", "short"));
  EXPECT_THAT(*querier->LabelValues("__name__", Where("job", Op::kEqual, "a")),
              ElementsAre("long", "short"));
  EXPECT_THAT(*querier->LabelNames(Where("__name__", Op::kEqual, "short")),
              ElementsAre("__name__", "job"));
  // A series that comes back gets a ref of its own.
  ASSERT_TRUE(Add(Series("short"), kStart + 12LL * 3'600'000, 1).ok());
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "short")),
              ElementsAre("short{job=\"a\"} 0=0 3600000=1 7200000=2 43200000=1"));
}

TEST_F(DatabaseTest, ShowsAnOpenQuerierWhatBecameABlockMeanwhile) {
  for (int hour = 0; hour < 5; ++hour)
    ASSERT_TRUE(Add(Series("x"), kStart + hour * 3'600'000, hour).ok());
  const auto where = Where("__name__", Op::kEqual, "x");
  const auto before = Query(where);
  {
    const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
    ASSERT_TRUE(database_->Compact().ok());
    EXPECT_EQ(database_->Stats().min_time_ms, kStart);
    EXPECT_EQ(Query(where, querier.get()), before);
    EXPECT_EQ(Query(where), before);
  }
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_GT(database_->Stats().min_time_ms, kStart);
  EXPECT_EQ(Query(where), before);
}

TEST_F(DatabaseTest, KeepsDataInMemoryWhenABlockCannotBeWritten) {
  for (int hour = 0; hour < 5; ++hour)
    ASSERT_TRUE(Add(Series("x"), kStart + hour * 3'600'000, hour).ok());
  const auto where = Where("__name__", Op::kEqual, "x");
  const auto before = Query(where);
  files_.FailWritesAfter(10);
  EXPECT_EQ(database_->Compact().code(), Code::kUnavailable);
  EXPECT_EQ(Query(where), before);
  files_.FailWritesAfter(MemoryFiles::kNever);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(Query(where), before);
  const auto names = *files_.List("d");
  for (const std::string& name : names) EXPECT_THAT(name, testing::Not(testing::HasSubstr(".tmp")));
}

TEST_F(DatabaseTest, RemovesBlocksBeyondTheRetention) {
  for (int hour = 0; hour <= 16 * 24; ++hour) {
    ASSERT_TRUE(Add(Series("x"), kStart + hour * 3'600'000LL, hour).ok());
    if (hour % 24 == 0) {
      ASSERT_TRUE(database_->Compact().ok());
    }
  }
  const std::string line = Query(Where("__name__", Op::kEqual, "x"))[0];
  EXPECT_THAT(line, testing::Not(testing::HasSubstr(" 0=0 ")));
  EXPECT_THAT(line, testing::EndsWith("=384"));
}

TEST_F(DatabaseTest, MergesBlocksIntoThoseOfLargerRanges) {
  std::string expected = "x{job=\"a\"}";
  for (int hour = 0; hour < 60; ++hour) {
    ASSERT_TRUE(Add(Series("x"), kStart + hour * 3'600'000LL, hour).ok());
    ASSERT_TRUE(Add(Series("x" + std::to_string(hour)), kStart + hour * 3'600'000LL, hour).ok());
    ASSERT_TRUE(database_->Compact().ok());
    expected += " " + std::to_string(hour * 3'600'000LL) + "=" + std::to_string(hour);
  }
  size_t blocks = 0;
  int level = 0;
  const auto names = *files_.List("d");
  for (const std::string& name : names) {
    if (name.size() != 26) continue;
    ++blocks;
    level = std::max(level, ParseBlockMeta(files_.Content("d/" + name + "/meta.json"))->level);
  }
  EXPECT_LE(blocks, 9U);  // of 18, 6 and 2 hours; 29 before
  EXPECT_EQ(level, 3);
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x")), ElementsAre(expected));
  EXPECT_EQ(Query(Where("__name__", Op::kRegex, "x.+")).size(), 60U);
}

TEST_F(DatabaseTest, RemovesWhatTheReferenceLeftForAFastStart) {
  files_.SetContent("d/chunk_snapshot.000001.0000000001/00000000", "x");
  files_.SetContent("d/wal/series_state.json", "{}");
  Open();
  EXPECT_THAT(*files_.List("d"), testing::Not(testing::Contains(testing::HasSubstr("snapshot"))));
  EXPECT_THAT(*files_.List("d/wal"), testing::Not(testing::Contains("series_state.json")));
}

TEST_F(DatabaseTest, GoesOnWithoutADamagedBlock) {
  for (int hour = 0; hour < 6; ++hour)
    ASSERT_TRUE(Add(Series("x"), kStart + hour * 3'600'000, hour).ok());
  ASSERT_TRUE(database_->Compact().ok());
  database_.reset();
  std::string path;
  const auto names = *files_.List("d");
  for (const std::string& name : names)
    if (name.size() == 26 && path.empty()) path = "d/" + name + "/index";
  ASSERT_FALSE(path.empty());
  std::string index = files_.Content(path);
  index[index.size() - 1] = static_cast<char>(index.back() ^ 1);
  files_.SetContent(path, index);
  Open();
  EXPECT_THAT(log_, testing::HasSubstr("checksum does not match"));
  EXPECT_THAT(Query(Where("__name__", Op::kEqual, "x"))[0], testing::EndsWith("18000000=5"));
}

// As an import puts them there, or a copy that is not whole yet.
TEST_F(DatabaseTest, ShowsBlocksThatAppearWhileItRuns) {
  Backfill backfill(files_, clock_, {"d"});
  ASSERT_TRUE(backfill.Add(backfill.SeriesOf(Series("old")), kStart, 1).ok());
  const std::string folder = "d/" + backfill.Finish()->front().ulid;
  const std::string index = files_.Content(folder + "/index");
  files_.SetContent(folder + "/index", index.substr(0, 20));
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(database_->damaged_block_count(), 1U);
  EXPECT_THAT(Query({}), IsEmpty());
  files_.SetContent(folder + "/index", index);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(database_->damaged_block_count(), 0U);
  EXPECT_THAT(Query({}), ElementsAre("old{job=\"a\"} 0=1"));
}

TEST_F(DatabaseTest, GoesOnDroppingOldDataBesideADamagedSegment) {
  ASSERT_TRUE(Add(Series("x"), kStart, 1).ok());
  database_.reset();
  std::string segment = files_.Content("d/wal/00000000");
  segment[10] = static_cast<char>(segment[10] ^ 1);
  files_.SetContent("d/wal/00000000", segment);
  files_.SetContent("d/wal/checkpoint.00000000.tmp/00000000", "");
  Open();
  for (int hour = 1; hour < 12; ++hour) {
    ASSERT_TRUE(Add(Series("x"), kStart + hour * 3'600'000, hour).ok());
    ASSERT_TRUE(database_->Compact().ok());
  }
  EXPECT_TRUE(ListWal(files_, "d/wal")->checkpoint.has_value());
  const auto names = *files_.List("d/wal");
  EXPECT_THAT(names, testing::Not(testing::Contains("00000000")));
  EXPECT_THAT(names, testing::Not(testing::Contains(testing::HasSubstr(".tmp"))));
}

// Series come, end and are collected while others append: nothing that a commit returned from is
// lost.
TEST_F(DatabaseTest, LosesNoSampleToGarbageCollection) {
  constexpr int kHours = 200;
  std::atomic<bool> done{false};
  std::thread collector([&] {
    while (!done) (void)database_->Compact();
  });
  int found = 0;
  for (int hour = 0; hour < kHours; ++hour) {
    const LabelSet labels = Series("x", std::to_string(hour % 5));
    ASSERT_TRUE(Add(labels, kStart + hour * 3'600'000, hour).ok());
    const auto now = Query(Where("job", Op::kEqual, std::to_string(hour % 5)));
    found += static_cast<int>(now.size() == 1 && now[0].ends_with("=" + std::to_string(hour)));
  }
  done = true;
  collector.join();
  EXPECT_EQ(found, kHours);
}

// Each commit writes one value to all series: no reader may see two values at the newest timestamp.
TEST_F(DatabaseTest, ShowsACommitWholeOrNotAtAllToConcurrentReaders) {
  constexpr int kSeries = 200;
  constexpr int kCommits = 60;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int commit = 0; commit < kCommits; ++commit) {
      auto appender = database_->NewAppender();
      for (int i = 0; i < kSeries; ++i) {
        ASSERT_TRUE(
            appender
                ->Append(storage::kNoRef, Series("x", std::to_string(i)), kStart + commit, commit)
                .ok());
      }
      ASSERT_TRUE(appender->Commit().ok());
    }
    done = true;
  });
  const auto where = Where("__name__", Op::kEqual, "x");
  for (bool last = false; !last;) {
    last = done;
    const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
    const auto set = *querier->Select(where);
    std::set<size_t> sizes;
    for (size_t i = 0; i < set->size(); ++i) {
      storage::SampleColumns samples;
      ASSERT_TRUE(set->Read(i, samples).ok());
      sizes.insert(samples.size());
    }
    EXPECT_LE(sizes.size(), 1U);
    if (last) {
      EXPECT_EQ(*sizes.begin(), kCommits);
    }
  }
  writer.join();
}

}  // namespace
}  // namespace narthex::tsdb
