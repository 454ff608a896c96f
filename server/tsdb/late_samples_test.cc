// Samples out of order: in memory, log, blocks and queries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"
#include "server/tsdb/test_histograms.h"

namespace narthex::tsdb {
namespace {

using storage::SampleColumns;

constexpr int64_t kStart = 1'699'999'200'000;
constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kMinuteMs = 60'000;

LabelSet Series(std::string_view name) { return LabelSet::Of({{"__name__", name}}); }

class LateSamplesTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open(int64_t window_ms = 3 * kHourMs) {
    database_.reset();
    auto opened =
        Database::Open({.directory = "d",
                        .wal_sync_interval = {0},
                        .replay_threads = 2,
                        .out_of_order_window = {window_ms}},
                       files_, clock_, Logger(LogOptions{}, &log_), registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }

  Status Add(const std::string& name, int64_t at_ms, double value) {
    const auto appender = database_->NewAppender();
    RETURN_IF_ERROR(appender->Append(storage::kNoRef, Series(name), at_ms, value).status());
    RETURN_IF_ERROR(appender->Commit());
    expected_[name].emplace(at_ms, std::pair(value, nullptr));
    return {};
  }
  Status Add(const std::string& name, int64_t at_ms, const storage::Histogram& histogram) {
    const auto appender = database_->NewAppender();
    RETURN_IF_ERROR(
        appender->AppendHistogram(storage::kNoRef, Series(name), at_ms, histogram).status());
    RETURN_IF_ERROR(appender->Commit());
    expected_[name].emplace(
        at_ms, std::pair(histogram.sum, std::make_shared<storage::Histogram>(histogram)));
    return {};
  }

  SampleColumns Query(const std::string& name, const storage::Querier* querier = nullptr) {
    std::unique_ptr<storage::Querier> own;
    if (querier == nullptr) {
      own = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
      querier = own.get();
    }
    const auto set =
        *querier->Select({*storage::Matcher::Make(storage::Matcher::Op::kEqual, "__name__", name)});
    SampleColumns samples;
    EXPECT_EQ(set->size(), 1U) << name;
    if (set->size() == 1) {
      EXPECT_TRUE(set->Read(0, samples).ok());
    }
    return samples;
  }
  void ExpectAll(std::string_view when) {
    for (const auto& [name, by_time] : expected_) {
      SampleColumns want;
      for (const auto& [at_ms, sample] : by_time) {
        want.timestamps_ms.push_back(at_ms);
        want.values.push_back(sample.first);
        want.histograms.push_back(sample.second);
      }
      EXPECT_EQ(FirstDifference(want, Query(name)), "") << name << " " << when;
    }
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
  std::map<std::string, std::map<int64_t, std::pair<double, storage::HistogramPtr>>> expected_;
};

TEST_F(LateSamplesTest, TakesWhatIsWithinTheWindowAndNoOlder) {
  ASSERT_TRUE(Add("x", kStart, 1).ok());
  EXPECT_TRUE(Add("x", kStart - kMinuteMs, 2).ok());
  EXPECT_TRUE(Add("y", kStart - 3 * kHourMs, 3).ok());  // in a series that has no other
  EXPECT_EQ(Add("x", kStart - 3 * kHourMs - 1, 4).code(), Code::kOutOfBounds);
  EXPECT_EQ(Add("x", kStart, 5).code(), Code::kDuplicate);
  ExpectAll("in memory");
  ASSERT_TRUE(database_->SetOutOfOrderWindow({0}).ok());
  EXPECT_EQ(Add("x", kStart - 2 * kMinuteMs, 6).code(), Code::kOutOfOrder);
  ExpectAll("after the window was closed");
  Open(0);
  ExpectAll("after a restart without a window");
  ASSERT_TRUE(database_->SetOutOfOrderWindow({kHourMs}).ok());
  EXPECT_TRUE(Add("x", kStart - 3 * kMinuteMs, 7).ok());
  Open(0);
  ExpectAll("after the next restart");
}

TEST_F(LateSamplesTest, KeepsRandomArrivalsOverCrashAndCompaction) {
  std::mt19937_64 random(11);
  std::vector<std::pair<std::string, int64_t>> arrivals;
  for (int64_t minute = 0; minute < 16 * 60; minute += 2) {
    for (const char* name : {"a", "b", "c", "h"})
      arrivals.emplace_back(name, kStart + minute * kMinuteMs);
  }
  // Each comes up to two and a half hours after its time.
  const auto arrives_ms = [](const auto& one) {
    const uint64_t hash = static_cast<uint64_t>(one.second) * 0x9e3779b97f4a7c15 +
                          static_cast<uint64_t>(one.first[0]);
    return one.second + static_cast<int64_t>((hash >> 32) % 150) * kMinuteMs *
                            static_cast<int64_t>((hash >> 7) % 3 == 0);
  };
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [&](const auto& a, const auto& b) { return arrives_ms(a) < arrives_ms(b); });
  HistogramSource histograms(5, false, HistogramSource::Kind::kGauge);
  size_t count = 0;
  for (const auto& [name, at_ms] : arrivals) {
    if (name == "h") {
      ASSERT_TRUE(Add(name, at_ms, *histograms.Next()).ok());
    } else {
      ASSERT_TRUE(Add(name, at_ms, static_cast<double>(random() % 1000)).ok());
    }
    if (++count % 400 == 0) {
      ExpectAll("in memory");
      ASSERT_TRUE(database_->Compact().ok());
      ExpectAll("after compaction");
    }
    if (count % 700 == 0) {
      Open();
      ExpectAll("after a crash");
    }
  }
  Open();
  ExpectAll("at the end");
  EXPECT_LT(files_.List("d/wbl")->size(), 6U);
}

TEST_F(LateSamplesTest, HidesLaterCommitsFromAnEarlierQuerier) {
  ASSERT_TRUE(Add("x", kStart, 1).ok());
  ASSERT_TRUE(Add("x", kStart - 1000, 2).ok());
  const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
  for (int i = 2; i < 100; ++i) ASSERT_TRUE(Add("x", kStart - i * 1000, i).ok());
  EXPECT_EQ(Query("x", querier.get()).size(), 2U);
  ExpectAll("in memory");
}

TEST_F(LateSamplesTest, KeepsLateSamplesInMemoryWhenABlockCannotBeWritten) {
  ASSERT_TRUE(Add("x", kStart, 1).ok());
  ASSERT_TRUE(Add("x", kStart - kHourMs, 2).ok());
  for (int hour = 1; hour < 5; ++hour) ASSERT_TRUE(Add("x", kStart + hour * kHourMs, hour).ok());
  for (size_t writes = 1; writes < 60; writes += 7) {
    files_.FailWritesAfter(writes);
    (void)database_->Compact();
    files_.FailWritesAfter(MemoryFiles::kNever);
    ExpectAll("after " + std::to_string(writes) + " writes");
    Open();
    ExpectAll("after a crash");
  }
  ASSERT_TRUE(database_->Compact().ok());
  ExpectAll("after compaction");
}

}  // namespace
}  // namespace narthex::tsdb
