// What is appended while a database still reads the samples of its log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;

LabelSet Series(std::string_view name) { return LabelSet::Of({{"__name__", name}}); }

class DatabaseReplayTest : public testing::Test {
 protected:
  // As after a kill, when there was one before: a database writes nothing when it goes.
  void OpenForAppends(int64_t window_ms = 0) {
    database_.reset();
    auto opened = Database::OpenForAppends({.directory = "d",
                                            .wal_sync_interval = {0},
                                            .replay_threads = 2,
                                            .out_of_order_window = {window_ms},
                                            .max_exemplars = 10},
                                           files_, clock_, Logger(LogOptions{}, &log_),
                                           registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }
  void ReadSamples() {
    const Status status = database_->ReadSamples();
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void Open(int64_t window_ms = 0) {
    OpenForAppends(window_ms);
    ReadSamples();
  }

  Status Add(std::string_view name, int64_t second, double value) {
    const auto appender = database_->NewAppender();
    RETURN_IF_ERROR(
        appender->Append(storage::kNoRef, Series(name), kStart + second * 1000, value).status());
    return appender->Commit();
  }
  Status AddHistogram(std::string_view name, int64_t second) {
    storage::Histogram histogram;
    histogram.zero_count = histogram.count = histogram.sum = static_cast<double>(second);
    const auto appender = database_->NewAppender();
    RETURN_IF_ERROR(
        appender->AppendHistogram(storage::kNoRef, Series(name), kStart + second * 1000, histogram)
            .status());
    return appender->Commit();
  }

  // "1 5 end": the seconds of the samples of a series.
  std::string Seconds(std::string_view name) {
    const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
    const auto set = querier->Select(
        {*storage::Matcher::Make(storage::Matcher::Op::kEqual, "__name__", std::string(name))});
    if (!set.ok()) return std::string(set.message());
    if ((*set)->size() != 1) return std::to_string((*set)->size()) + " series";
    storage::SampleColumns samples;
    EXPECT_TRUE((*set)->Read(0, samples).ok());
    std::string text;
    for (size_t i = 0; i < samples.size(); ++i) {
      text += text.empty() ? "" : " ";
      text += std::to_string((samples.timestamps_ms[i] - kStart) / 1000);
      const bool is_histogram = samples.has_histograms() && samples.histograms[i];
      if (is_histogram ? IsStaleHistogram(*samples.histograms[i])
                       : storage::IsStaleNaN(samples.values[i]))
        text += "=end";
    }
    return text;
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseReplayTest, KeepsWhatIsAppendedBehindWhatTheLogHas) {
  Open();
  for (int64_t second = 0; second < 3; ++second) ASSERT_TRUE(Add("old", second, 1).ok());
  OpenForAppends();
  ASSERT_TRUE(Add("old", 5, 1).ok());
  ASSERT_TRUE(Add("new", 6, 1).ok());
  EXPECT_THAT(Seconds("old"), testing::HasSubstr("being opened"));
  ReadSamples();
  ASSERT_TRUE(Add("old", 7, 1).ok());
  ASSERT_TRUE(Add("new", 7, 1).ok());
  EXPECT_EQ(database_->Stats().max_time_ms, kStart + 7000);
  EXPECT_EQ(database_->Stats().min_time_ms, kStart);
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(Seconds("old"), "0 1 2 5 7");
    EXPECT_EQ(Seconds("new"), "6 7");
    Open();
  }
}

TEST_F(DatabaseReplayTest, LosesNothingWhenItIsKilledBeforeItsLogIsRead) {
  Open();
  ASSERT_TRUE(Add("old", 0, 1).ok());
  for (int64_t second = 1; second < 5; ++second) {
    OpenForAppends();
    ASSERT_TRUE(Add("old", second, 1).ok());
    ASSERT_TRUE(Add("new" + std::to_string(second), second, 1).ok());
  }
  Open();
  EXPECT_EQ(Seconds("old"), "0 1 2 3 4");
  for (int64_t second = 1; second < 5; ++second)
    EXPECT_EQ(Seconds("new" + std::to_string(second)), std::to_string(second));
  EXPECT_EQ(database_->Stats().series, 5U);
}

TEST_F(DatabaseReplayTest, RefusesWhatIsOutOfOrderAsEver) {
  Open();
  ASSERT_TRUE(Add("a", 10, 1).ok());
  ASSERT_TRUE(Add("b", 20, 1).ok());
  OpenForAppends();
  EXPECT_EQ(Add("a", 9, 1).code(), Code::kOutOfOrder);
  EXPECT_TRUE(Add("a", 10, 1).ok());  // the same
  EXPECT_EQ(Add("b", -4000, 1).code(), Code::kOutOfBounds);
  ASSERT_TRUE(Add("a", 12, 1).ok());
  EXPECT_EQ(Add("a", 11, 1).code(), Code::kOutOfOrder);
  ReadSamples();
  EXPECT_EQ(Add("a", 11, 1).code(), Code::kOutOfOrder);
  EXPECT_EQ(Add("a", 12, 2).code(), Code::kDuplicate);
  EXPECT_EQ(Seconds("a"), "10 12");
}

TEST_F(DatabaseReplayTest, TakesLateSamplesWithinTheWindow) {
  constexpr int64_t kWindowMs = 600'000;
  Open(kWindowMs);
  ASSERT_TRUE(Add("a", 1000, 1).ok());
  ASSERT_TRUE(Add("a", 900, 1).ok());
  OpenForAppends(kWindowMs);
  ASSERT_TRUE(Add("a", 800, 1).ok());
  ASSERT_TRUE(AddHistogram("a", 700).ok());
  ASSERT_TRUE(Add("a", 1001, 1).ok());
  EXPECT_EQ(Add("a", 300, 1).code(), Code::kOutOfBounds);
  OpenForAppends(kWindowMs);
  ASSERT_TRUE(Add("a", 750, 1).ok());
  ReadSamples();
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(Seconds("a"), "700 750 800 900 1000 1001");
    Open(kWindowMs);
  }
}

TEST_F(DatabaseReplayTest, KnowsHowFarTheMappedChunksOfASeriesGo) {
  Open();
  for (int64_t second = 0; second < 300; ++second) ASSERT_TRUE(Add("a", second, 1).ok());
  Open();  // which maps what is finished
  OpenForAppends();
  EXPECT_EQ(Add("a", 200, 1).code(), Code::kOutOfOrder);
  ASSERT_TRUE(Add("a", 300, 1).ok());
  ReadSamples();
  std::string wanted = "0";
  for (int second = 1; second <= 300; ++second) wanted += " " + std::to_string(second);
  EXPECT_EQ(Seconds("a"), wanted);
}

TEST_F(DatabaseReplayTest, EndsSeriesOfEitherKind) {
  Open();
  ASSERT_TRUE(Add("float", 1, 1).ok());
  ASSERT_TRUE(AddHistogram("histogram", 1).ok());
  OpenForAppends();
  ASSERT_TRUE(AddHistogram("histogram", 2).ok());
  ASSERT_TRUE(Add("float", 3, storage::StaleNaN()).ok());
  ASSERT_TRUE(Add("histogram", 3, storage::StaleNaN()).ok());
  ReadSamples();
  EXPECT_EQ(database_->Stats().ended_series, 2U);
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(Seconds("float"), "1 3=end");
    EXPECT_EQ(Seconds("histogram"), "1 2 3=end");
    Open();
  }
}

TEST_F(DatabaseReplayTest, KeepsExemplarsAndMetadata) {
  Open();
  ASSERT_TRUE(Add("a", 1, 1).ok());
  OpenForAppends();
  storage::SeriesRef ref = storage::kNoRef;
  {
    const auto appender = database_->NewAppender();
    ref = *appender->Append(storage::kNoRef, Series("a"), kStart + 2000, 1);
    openmetrics::Exemplar exemplar;
    exemplar.value = 7;
    exemplar.timestamp_ms = kStart + 2000;
    ASSERT_TRUE(appender->AppendExemplar(ref, exemplar).ok());
    storage::Metadata metadata;
    metadata.help = "Helps.";
    ASSERT_TRUE(appender->UpdateMetadata(ref, metadata).ok());
    ASSERT_TRUE(appender->Commit().ok());
  }
  ReadSamples();
  for (int restart = 0; restart < 2; ++restart) {
    ASSERT_NE(database_->MetadataOf(ref), nullptr);
    EXPECT_EQ(database_->MetadataOf(ref)->help, "Helps.");
    const auto found =
        *database_->NewQuerier(storage::kMinTime, storage::kMaxTime)->SelectExemplars({{}});
    ASSERT_EQ(found.size(), 1U);
    ASSERT_EQ(found[0].exemplars.size(), 1U);
    EXPECT_EQ(found[0].exemplars[0].value, 7);
    Open();
  }
}

TEST_F(DatabaseReplayTest, GoesOnAfterAFullDisk) {
  Open();
  ASSERT_TRUE(Add("a", 0, 1).ok());
  for (size_t room = 0; room < 60; room += 7) {
    OpenForAppends();
    const auto second = static_cast<int64_t>(room) * 10 + 1;
    files_.FailWritesAfter(room);
    EXPECT_FALSE(Add("a", second, 1).ok() && Add("a", second + 1, 1).ok() &&
                 Add("a", second + 2, 1).ok());
    files_.FailWritesAfter(MemoryFiles::kNever);
    ASSERT_TRUE(Add("a", second + 5, 1).ok());
    ReadSamples();
    const std::string seen = Seconds("a");
    EXPECT_THAT(seen, testing::EndsWith(std::to_string(second + 5)));
    Open();
    EXPECT_EQ(Seconds("a"), seen);
  }
}

// Appenders that were begun before the end of the replay and end behind it, and all others.
TEST_F(DatabaseReplayTest, KeepsEveryCommitWhileItReads) {
  constexpr int kSeries = 50;
  constexpr int64_t kOld = 2000;
  Open();
  std::vector<LabelSet> labels;
  labels.reserve(kSeries);
  for (int i = 0; i < kSeries; ++i) labels.push_back(Series("s" + std::to_string(i)));
  const auto add = [&](int64_t second) {
    const auto appender = database_->NewAppender();
    for (const LabelSet& one : labels)
      EXPECT_TRUE(appender->Append(storage::kNoRef, one, kStart + second * 1000, 1).ok());
    EXPECT_TRUE(appender->Commit().ok());
  };
  for (int64_t second = 0; second < kOld; ++second) add(second);
  OpenForAppends();
  std::atomic<bool> read{false};
  int64_t next = kOld;
  std::thread scraper([&] {
    for (int behind = 0; behind < 20; behind += read ? 1 : 0) add(next++);
  });
  auto straddling = database_->NewAppender();
  ASSERT_TRUE(straddling->Append(storage::kNoRef, Series("other"), kStart, 1).ok());
  ReadSamples();
  read = true;
  ASSERT_TRUE(straddling->Commit().ok());
  straddling.reset();
  scraper.join();
  for (int restart = 0; restart < 2; ++restart) {
    std::string wanted = "0";
    for (int64_t second = 1; second < next; ++second) wanted += " " + std::to_string(second);
    for (const int i : {0, 7, kSeries - 1}) ASSERT_EQ(Seconds("s" + std::to_string(i)), wanted);
    EXPECT_EQ(Seconds("other"), "0");
    Open();
  }
}

}  // namespace
}  // namespace narthex::tsdb
