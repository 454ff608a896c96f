// When series began, through log, memory, blocks and queries.
#include <gtest/gtest.h>

#include <deque>

#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

using storage::Histogram;
using storage::SampleColumns;

constexpr int64_t kStart = 1'699'999'200'000;
constexpr int64_t kMinuteMs = 60'000;

LabelSet Series(std::string_view name) { return LabelSet::Of({{"__name__", name}}); }

Histogram Whole(double count) {
  Histogram histogram;
  histogram.float_counts = false;
  histogram.schema = 1;
  histogram.positive = {{{0, 1}}, {count}};
  histogram.count = count;
  histogram.sum = count;
  return histogram;
}

class DatabaseStartsTest : public testing::Test {
 protected:
  void Open(DatabaseOptions options) {
    database_.reset();
    options.directory = "d";
    options.wal_sync_interval = {0};
    options.replay_threads = 2;
    options.out_of_order_window = Duration::Seconds(12 * 3600);
    auto opened = Database::Open(options, files_, clock_, Logger(LogOptions{}, &log_),
                                 registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }
  static DatabaseOptions All() {
    DatabaseOptions options;
    options.start_times = true;
    options.histogram_start_times = true;
    options.float_encoding = FloatEncoding::kXor2;
    return options;
  }

  // A float and a histogram at that minute, of series that begin anew every hundred minutes.
  void Add(int64_t minute) {
    const int64_t at_ms = kStart + minute * kMinuteMs;
    const storage::SampleTime time(at_ms, StartAt(minute));
    const auto count = static_cast<double>(minute % 100 + 1);
    const auto appender = database_->NewAppender();
    ASSERT_TRUE(appender->Append(storage::kNoRef, Series("float"), time, count).ok());
    ASSERT_TRUE(
        appender->AppendHistogram(storage::kNoRef, Series("histogram"), time, Whole(count)).ok());
    ASSERT_TRUE(appender->Commit().ok());
  }
  static int64_t StartAt(int64_t minute) { return kStart + minute / 100 * 100 * kMinuteMs - 5; }

  SampleColumns Query(const std::string& name) {
    const auto querier = database_->NewQuerier(storage::kMinTime, storage::kMaxTime);
    const auto set =
        *querier->Select({*storage::Matcher::Make(storage::Matcher::Op::kEqual, "__name__", name)});
    SampleColumns samples;
    if (set->size() > 0) {
      EXPECT_TRUE(set->Read(0, samples).ok());
    }
    return samples;
  }
  // Whether all have their starts.
  void ExpectStarts(const std::string& name, size_t count) {
    const SampleColumns samples = Query(name);
    ASSERT_EQ(samples.size(), count) << name;
    ASSERT_EQ(samples.starts_ms.size(), count) << name;
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(samples.starts_ms[i], StartAt((samples.timestamps_ms[i] - kStart) / kMinuteMs))
          << name << " " << i;
    }
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseStartsTest, KeepsThemOverCrashCompactionAndMerge) {
  Open(All());
  for (int64_t minute = 0; minute < 600; ++minute) {
    if (minute % 10 != 7) Add(minute);
  }
  for (int64_t minute = 7; minute < 600; minute += 10) Add(minute);  // late
  for (const char* name : {"float", "histogram"}) ExpectStarts(name, 600);
  Open(All());
  for (const char* name : {"float", "histogram"}) ExpectStarts(name, 600);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_FALSE(database_->BlockMetas().empty());
  for (const char* name : {"float", "histogram"}) ExpectStarts(name, 600);
  Open(All());
  for (const char* name : {"float", "histogram"}) ExpectStarts(name, 600);
}

TEST_F(DatabaseStartsTest, KeepsThoseOfHistogramsOnlyWhereThatIsAskedFor) {
  DatabaseOptions options = All();
  options.histogram_start_times = false;
  Open(options);
  for (int64_t minute = 0; minute < 50; ++minute) Add(minute);
  ExpectStarts("float", 50);
  EXPECT_TRUE(Query("histogram").starts_ms.empty());
  Open(options);
  ExpectStarts("float", 50);
  EXPECT_TRUE(Query("histogram").starts_ms.empty());
  Open(All());  // the log has them
  ExpectStarts("histogram", 50);
}

// As the reference: a zero of its own at each start that lies in order.
TEST_F(DatabaseStartsTest, StoresAZeroAtEachStartWhereThatIsAskedFor) {
  DatabaseOptions options;
  options.start_zeros = true;
  Open(options);
  for (int64_t minute = 50; minute < 150; ++minute) Add(minute);
  for (int restart = 0; restart < 2; ++restart) {
    for (const char* name : {"float", "histogram"}) {
      const SampleColumns samples = Query(name);
      ASSERT_EQ(samples.size(), 102U) << name;
      EXPECT_TRUE(samples.starts_ms.empty());
      for (const auto& [index, start_ms] :
           {std::pair(0, StartAt(0)), std::pair(51, StartAt(100))}) {
        const auto i = static_cast<size_t>(index);
        EXPECT_EQ(samples.timestamps_ms[i], start_ms) << name;
        if (samples.has_histograms()) {
          EXPECT_EQ(samples.histograms[i]->count, 0);
          EXPECT_EQ(samples.histograms[i]->schema, 1);
        } else {
          EXPECT_EQ(samples.values[i], 0);
        }
      }
    }
    Open(options);
  }
}

TEST_F(DatabaseStartsTest, StoresNoZeroThatIsNewerThanItsSampleOrTooOld) {
  DatabaseOptions options;
  options.start_zeros = true;
  Open(options);
  const int64_t far_ms = 100 * kMinuteMs;  // more than half a block range
  const auto appender = database_->NewAppender();
  ASSERT_TRUE(appender->Append(storage::kNoRef, Series("a"), {kStart, kStart}, 1).ok());
  ASSERT_TRUE(appender->Append(storage::kNoRef, Series("b"), {kStart, kStart + 1}, 1).ok());
  ASSERT_TRUE(appender->Commit().ok());
  ASSERT_TRUE(appender->Append(storage::kNoRef, Series("c"), {kStart, kStart - far_ms}, 1).ok());
  ASSERT_TRUE(appender->Commit().ok());
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(Query(name).size(), 1U) << name;
}

TEST_F(DatabaseStartsTest, StoresNoneByDefault) {
  Open({});
  for (int64_t minute = 0; minute < 50; ++minute) Add(minute);
  for (const char* name : {"float", "histogram"}) {
    EXPECT_EQ(Query(name).size(), 50U);
    EXPECT_TRUE(Query(name).starts_ms.empty());
  }
}

TEST_F(DatabaseStartsTest, WritesBlocksInTheEncodingThatIsSetThen) {
  Open({});
  for (int64_t minute = 0; minute < 600; ++minute) Add(minute);
  database_->SetFloatEncoding(FloatEncoding::kXor2);
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_EQ(Query("float").size(), 600U);
  const auto names = *files_.List("d");
  size_t chunks = 0;
  for (const std::string& name : names) {
    const auto block = Block::Open(files_, "d/" + name);
    if (!block.ok()) continue;
    const SlotList series = *(*block)->index().Postings("__name__", "float");
    std::vector<ChunkMeta> metas;
    ASSERT_TRUE((*block)->index().Series(series.at(0), metas).ok());
    for (const ChunkMeta& meta : metas) {
      EXPECT_EQ((*block)->chunks().Read(meta.ref)->encoding, ChunkEncoding::kXor2);
      ++chunks;
    }
  }
  EXPECT_GE(chunks, 3U);
}

}  // namespace
}  // namespace narthex::tsdb
