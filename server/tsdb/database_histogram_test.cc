// Native histograms through log, memory, blocks and queries.
#include <gtest/gtest.h>

#include <deque>

#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"
#include "server/tsdb/test_histograms.h"

namespace narthex::tsdb {
namespace {

using storage::Histogram;
using storage::HistogramPtr;
using storage::SampleColumns;
using Kind = HistogramSource::Kind;

constexpr int64_t kStart = 1'699'999'200'000;
constexpr int64_t kHourMs = 3'600'000;

LabelSet Series(std::string_view name) { return LabelSet::Of({{"__name__", name}, {"job", "a"}}); }

class DatabaseHistogramTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    database_.reset();
    auto opened =
        Database::Open({.directory = "d", .wal_sync_interval = {0}, .replay_threads = 2}, files_,
                       clock_, Logger(LogOptions{}, &log_), registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }

  Status Add(const std::string& name, int64_t timestamp_ms, const Histogram& histogram) {
    const auto appender = database_->NewAppender();
    RETURN_IF_ERROR(
        appender->AppendHistogram(storage::kNoRef, Series(name), timestamp_ms, histogram).status());
    RETURN_IF_ERROR(appender->Commit());
    Expect(name, timestamp_ms, histogram.sum, std::make_shared<Histogram>(histogram));
    return {};
  }
  Status Add(const std::string& name, int64_t timestamp_ms, double value) {
    const auto appender = database_->NewAppender();
    RETURN_IF_ERROR(appender->Append(storage::kNoRef, Series(name), timestamp_ms, value).status());
    RETURN_IF_ERROR(appender->Commit());
    Expect(name, timestamp_ms, value, nullptr);
    return {};
  }
  void Expect(const std::string& name, int64_t timestamp_ms, double value,
              const HistogramPtr& histogram) {
    SampleColumns& samples = expected_[name];
    samples.timestamps_ms.push_back(timestamp_ms);
    samples.values.push_back(value);
    samples.histograms.push_back(histogram);
  }

  SampleColumns Query(const std::string& name, int64_t min_ms = storage::kMinTime,
                      int64_t max_ms = storage::kMaxTime) {
    const auto querier = database_->NewQuerier(min_ms, max_ms);
    const auto set =
        *querier->Select({*storage::Matcher::Make(storage::Matcher::Op::kEqual, "__name__", name)});
    SampleColumns samples;
    EXPECT_EQ(set->size(), 1U);
    EXPECT_TRUE(set->Read(0, samples).ok());
    return samples;
  }
  void ExpectAll(std::string_view when) {
    for (const auto& [name, samples] : expected_)
      EXPECT_EQ(FirstDifference(samples, Query(name)), "") << name << " " << when;
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
  std::map<std::string, SampleColumns> expected_;
};

Histogram Simple(double count, bool float_counts = false) {
  Histogram histogram;
  histogram.float_counts = float_counts;
  histogram.count = count;
  histogram.sum = count;
  histogram.positive = {{{0, 1}}, {count}};
  return histogram;
}

TEST_F(DatabaseHistogramTest, KeepsEveryKindOverCrashCompactionAndMerge) {
  std::deque<HistogramSource> sources;
  for (uint64_t i = 0; i < 6; ++i) {
    sources.emplace_back(i, i % 2 == 0,
                         std::array{Kind::kCounter, Kind::kGauge, Kind::kCustom}[i % 3]);
  }
  for (int64_t minute = 0; minute < 30 * 60; minute += 3) {
    for (size_t i = 0; i < sources.size(); ++i)
      ASSERT_TRUE(Add("h" + std::to_string(i), kStart + minute * 60'000, *sources[i].Next()).ok());
    // A series that changes between floats and histograms.
    if (minute % 90 < 45) {
      ASSERT_TRUE(Add("mixed", kStart + minute * 60'000, static_cast<double>(minute)).ok());
    } else {
      ASSERT_TRUE(Add("mixed", kStart + minute * 60'000, *sources[0].Next()).ok());
    }
  }
  ExpectAll("in memory");
  Open();
  ExpectAll("after a crash");
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_LT(database_->Stats().max_time_ms - database_->Stats().min_time_ms, 4 * kHourMs);
  ExpectAll("after compaction");
  Open();
  ExpectAll("after the next crash");
  const SampleColumns part = Query("h0", kStart + kHourMs, kStart + 2 * kHourMs);
  EXPECT_EQ(part.size(), 21U);
}

TEST_F(DatabaseHistogramTest, KeepsTheOrderOfKindsWithinACommit) {
  auto appender = database_->NewAppender();
  for (int i = 0; i < 6; ++i) {
    const int64_t at_ms = kStart + i;
    if (i % 2 == 0) {
      ASSERT_TRUE(
          appender->AppendHistogram(storage::kNoRef, Series("x"), at_ms, Simple(i, i % 4 == 0))
              .ok());
      Expect("x", at_ms, i, std::make_shared<Histogram>(Simple(i, i % 4 == 0)));
    } else {
      ASSERT_TRUE(appender->Append(storage::kNoRef, Series("x"), at_ms, i).ok());
      Expect("x", at_ms, i, nullptr);
    }
  }
  ASSERT_TRUE(appender->Commit().ok());
  appender.reset();
  ExpectAll("in memory");
  Open();
  ExpectAll("after a crash");
}

TEST_F(DatabaseHistogramTest, EndsASeriesOfHistogramsByTheirOwnMarker) {
  ASSERT_TRUE(Add("x", kStart, Simple(5)).ok());
  auto appender = database_->NewAppender();
  const auto ref = appender->Append(storage::kNoRef, Series("x"), kStart + 1, storage::StaleNaN());
  ASSERT_TRUE(ref.ok());
  ASSERT_TRUE(appender->Commit().ok());
  appender.reset();
  for (const bool reopened : {false, true}) {
    if (reopened) Open();
    const SampleColumns samples = Query("x");
    ASSERT_EQ(samples.size(), 2U);
    ASSERT_NE(samples.histograms[1], nullptr);
    EXPECT_TRUE(storage::IsStaleHistogram(*samples.histograms[1]));
    EXPECT_FALSE(samples.histograms[1]->float_counts);
  }
}

TEST_F(DatabaseHistogramTest, RefusesWhatDoesNotFit) {
  ASSERT_TRUE(Add("x", kStart, Simple(5)).ok());
  EXPECT_TRUE(database_->NewAppender()
                  ->AppendHistogram(storage::kNoRef, Series("x"), kStart, Simple(5))
                  .ok());
  EXPECT_EQ(Add("x", kStart, Simple(6)).code(), Code::kDuplicate);
  EXPECT_EQ(Add("x", kStart, Simple(5, true)).code(), Code::kDuplicate);
  EXPECT_EQ(Add("x", kStart, 5.0).code(), Code::kDuplicate);
  EXPECT_EQ(Add("x", kStart - 1, Simple(5)).code(), Code::kOutOfOrder);
  EXPECT_EQ(Add("x", kStart - 3 * kHourMs, Simple(5)).code(), Code::kOutOfBounds);
  Histogram broken = Simple(5);
  broken.positive.counts.clear();
  EXPECT_EQ(Add("x", kStart + 1, broken).code(), Code::kInvalidArgument);
  broken = Simple(5.5);
  EXPECT_EQ(Add("x", kStart + 1, broken).code(), Code::kInvalidArgument);
  ExpectAll("at the end");
}

TEST_F(DatabaseHistogramTest, HidesLaterCommitsEvenOfAChunkThatWasWrittenAnew) {
  ASSERT_TRUE(Add("x", kStart, Simple(1)).ok());
  const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
  for (int i = 1; i < 200; ++i) {
    Histogram histogram = Simple(i);
    histogram.positive = {{{0, static_cast<uint32_t>(i)}}, std::vector<double>(i, 1)};
    ASSERT_TRUE(Add("x", kStart + i, histogram).ok());
  }
  const auto set =
      *querier->Select({*storage::Matcher::Make(storage::Matcher::Op::kEqual, "__name__", "x")});
  SampleColumns samples;
  ASSERT_TRUE(set->Read(0, samples).ok());
  EXPECT_EQ(samples.size(), 1U);
  ExpectAll("at the end");
}

}  // namespace
}  // namespace narthex::tsdb
