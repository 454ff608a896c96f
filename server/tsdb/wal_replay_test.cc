#include "server/tsdb/wal_replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/fs/memory_files.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/wal_writer.h"

namespace narthex::tsdb {
namespace {

using storage::SeriesRef;

constexpr int64_t kStart = 1'700'000'000'000;

class WalReplayTest : public testing::Test {
 protected:
  void SetUp() override { writer_ = *WalWriter::Open(files_, "wal", 0, {}); }

  void LogSeries(SeriesRef ref, std::string_view name) {
    std::string record;
    EncodeSeries(std::vector<RefSeries>{{ref, LabelSet::Of({{"__name__", name}})}}, record);
    ASSERT_TRUE(writer_->Log({record}).ok());
  }
  // One at that second, whose number is its value.
  void LogSample(SeriesRef ref, int64_t second) {
    std::string record;
    EncodeSamples(
        std::vector<RefSample>{{ref, kStart + second * 1000, static_cast<double>(second)}}, record);
    ASSERT_TRUE(writer_->Log({record}).ok());
  }
  void LogEnd(SeriesRef ref) {
    std::string record;
    EncodeTombstones(std::vector<RefTombstone>{{ref, kEndOfSeries}}, record);
    ASSERT_TRUE(writer_->Log({record}).ok());
  }

  ReplayReport Replay(size_t threads, int64_t min_time_ms = storage::kMinTime) {
    index_ = std::make_unique<SeriesIndex>(commits_, memory_, kRangeMs);
    const Logger logger(LogOptions{}, &log_);
    WalReplay replay(files_, "wal", {*index_, commits_, exemplars_, metadata_},
                     {.threads = threads, .min_time_ms = min_time_ms}, logger);
    for (const Status& status : {replay.ReadSeries(FoundHeadChunks()), replay.ReadSamples()})
      EXPECT_TRUE(status.ok()) << status.message();
    return replay.Finish();
  }

  // "0 1 2": the values of a series.
  std::string Values(std::string_view name) {
    const CommitClock::Guard guard(commits_, false);
    const auto found = index_->Select(
        {*storage::Matcher::Make(storage::Matcher::Op::kEqual, "__name__", std::string(name))});
    if (found.series.size() != 1) return std::to_string(found.series.size()) + " series";
    storage::SampleColumns samples;
    EXPECT_TRUE(found.series[0]->Read(storage::kMinTime, storage::kMaxTime, 0, samples).ok());
    std::string text;
    for (const double value : samples.values)
      text += (text.empty() ? "" : " ") + std::to_string(static_cast<int>(value));
    return text;
  }

  static constexpr int64_t kRangeMs = 2LL * 3600 * 1000;
  MemoryFiles files_;
  std::string log_;
  ChunkMemory memory_;
  CommitClock commits_;
  ExemplarStore exemplars_;
  MetadataTable metadata_;
  std::unique_ptr<WalWriter> writer_;
  std::unique_ptr<SeriesIndex> index_;
};

TEST_F(WalReplayTest, GivesEverySeriesItsSamplesWhateverTheNumberOfThreads) {
  for (SeriesRef ref = 1; ref <= 300; ++ref) LogSeries(ref, "s" + std::to_string(ref));
  for (int64_t second = 0; second < 5; ++second) {
    for (SeriesRef ref = 1; ref <= 300; ++ref) LogSample(ref, second);
  }
  LogSample(4000, 1);
  for (const size_t threads : {1, 2, 3, 7}) {
    const ReplayReport report = Replay(threads);
    EXPECT_EQ(report.sample_count, 1500U);
    EXPECT_EQ(report.unknown_ref_count, 1U);
    EXPECT_EQ(report.min_time_ms, kStart);
    EXPECT_EQ(report.max_time_ms, kStart + 4000);
    for (SeriesRef ref = 1; ref <= 300; ++ref)
      ASSERT_EQ(Values("s" + std::to_string(ref)), "0 1 2 3 4") << ref;
    EXPECT_EQ(index_->GetOrCreate(LabelSet::Of({{"__name__", "new"}}))->ref, 4001U);
  }
  EXPECT_EQ(Replay(2, kStart + 3000).sample_count, 600U);
  EXPECT_EQ(Values("s7"), "3 4");
}

// Refs far apart, so that by them alone different workers would take the samples.
TEST_F(WalReplayTest, KeepsTheSamplesOfASeriesWithSeveralRefsInOrder) {
  LogSeries(1, "a");
  LogSample(1, 0);
  for (const SeriesRef ref : {100, 200, 300}) {
    LogSeries(ref, "a");
    LogSample(ref, static_cast<int64_t>(ref) / 100);
    LogSample(1, static_cast<int64_t>(ref) / 100 + 10);
  }
  for (const size_t threads : {1, 2, 5}) {
    const ReplayReport report = Replay(threads);
    EXPECT_EQ(report.sample_count, 7U);
    EXPECT_EQ(index_->series_count(), 1U);
    EXPECT_EQ(Values("a"), "0 1 11 12 13");  // what is older by then is out of order
  }
}

TEST_F(WalReplayTest, ForgetsSeriesThatEndedAndNotThoseOfTheSameLabelsBehind) {
  LogSeries(1, "a");
  LogSeries(2, "b");
  LogSample(1, 0);
  LogEnd(1);
  LogSeries(77, "a");
  LogSample(77, 5);
  LogSample(2, 5);
  LogEnd(2);
  LogEnd(90);
  for (const size_t threads : {1, 3}) {
    (void)Replay(threads);
    EXPECT_EQ(Values("a"), "5");
    EXPECT_EQ(Values("b"), "0 series");
    EXPECT_EQ(index_->series_count(), 1U);
    EXPECT_EQ(index_->GetOrCreate(LabelSet::Of({{"__name__", "new"}}))->ref, 91U);
  }
}

TEST_F(WalReplayTest, KnowsTheNewestSampleOfEachSeriesBeforeItReadsAny) {
  LogSeries(1, "a");
  LogSeries(300, "a");
  LogSeries(2, "b");
  LogSample(1, 4);
  LogSample(300, 7);
  LogSample(1, 5);
  LogSample(2, 1);
  LogSample(9, 99);  // of no series
  index_ = std::make_unique<SeriesIndex>(commits_, memory_, kRangeMs);
  const Logger logger(LogOptions{}, &log_);
  WalReplay replay(files_, "wal", {*index_, commits_, exemplars_, metadata_}, {}, logger);
  ASSERT_TRUE(replay.ReadSeries(FoundHeadChunks()).ok());
  EXPECT_EQ(replay.max_time_ms(), kStart + 7000);
  const RefTimes newest = replay.TakeNewestTimes();
  EXPECT_EQ(newest.Of(1), kStart + 7000);
  EXPECT_EQ(newest.Of(2), kStart + 1000);
  EXPECT_EQ(Values("a"), "");
}

TEST_F(WalReplayTest, ReadsOnOverWhatIsLoggedBehindIt) {
  LogSeries(1, "a");
  LogSample(1, 0);
  index_ = std::make_unique<SeriesIndex>(commits_, memory_, kRangeMs);
  const Logger logger(LogOptions{}, &log_);
  WalReplay replay(files_, "wal", {*index_, commits_, exemplars_, metadata_}, {}, logger);
  ASSERT_TRUE(replay.ReadSeries(FoundHeadChunks()).ok());
  writer_ = *WalWriter::Open(files_, "wal", replay.next_segment(), {});
  const SeriesRef fresh = index_->GetOrCreate(LabelSet::Of({{"__name__", "b"}}))->ref;
  LogSample(1, 1);
  ASSERT_TRUE(replay.ReadSamples().ok());
  ASSERT_TRUE(replay.ReadOn(writer_->position()).ok());
  for (int64_t second = 2; second < 6; ++second) {  // and over the borders of segments
    LogSample(1, second);
    ASSERT_TRUE(writer_->NextSegment().ok());
    LogSample(fresh, second);
    if (second == 3) {
      ASSERT_TRUE(replay.ReadOn(writer_->position()).ok());
    }
  }
  ASSERT_TRUE(replay.ReadOn(writer_->position()).ok());
  ASSERT_TRUE(replay.ReadOn(writer_->position()).ok());
  LogSample(1, 9);  // nobody asks for it
  const ReplayReport report = replay.Finish();
  EXPECT_EQ(report.sample_count, 10U);
  EXPECT_EQ(Values("a"), "0 1 2 3 4 5");
  EXPECT_EQ(Values("b"), "2 3 4 5");
}

TEST_F(WalReplayTest, ReadsLabelsInAnyOrder) {
  std::string record(1, static_cast<char>(RecordType::kSeries));
  PutFixed64(record, 1);
  PutVarint(record, 3);
  for (const char* text : {"b", "2", "empty", "", "a", "1"}) PutText(record, text);
  ASSERT_TRUE(writer_->Log({record}).ok());
  (void)Replay(2);
  EXPECT_EQ(index_->GetOrCreate(LabelSet::Of({{"a", "1"}, {"b", "2"}}))->ref, 1U);
}

}  // namespace
}  // namespace narthex::tsdb
