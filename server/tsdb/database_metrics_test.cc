// What the database tells of itself, and the mark of a clean stop.
#include "server/tsdb/database_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kHourMs = 3'600'000;

class DatabaseMetricsTest : public testing::Test {
 protected:
  void Open() {
    database_.reset();
    auto opened = Database::Open({.directory = "d", .wal_sync_interval = {0}}, files_, clock_,
                                 Logger(LogOptions{}, &log_), registries_.emplace_back());
    ASSERT_TRUE(opened.ok()) << opened.message();
    database_ = *std::move(opened);
  }
  void SetUp() override { Open(); }

  Status Add(std::string_view name, int64_t timestamp_ms) {
    auto appender = database_->NewAppender();
    const LabelSet labels = LabelSet::Of({{"__name__", name}});
    RETURN_IF_ERROR(appender->Append(storage::kNoRef, labels, timestamp_ms, 1).status());
    return appender->Commit();
  }

  std::string Shown() const {
    openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
    registries_.back().Write(writer);
    std::string out;
    writer.Finish(out);
    return out;
  }
  // The metric without the prefix, "NAME VALUE".
  void ExpectShown(const std::string& line) const {
    EXPECT_THAT(Shown(), HasSubstr("\nprometheus_tsdb_" + line + "\n"));
  }

  MemoryFiles files_;
  SystemClock clock_;
  std::string log_;
  std::deque<Registry> registries_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseMetricsTest, CountsSamplesByKindAndWhyTheyAreRefused) {
  ASSERT_TRUE(Add("x", kStart + kHourMs).ok());
  ASSERT_TRUE(Add("x", kStart + 3 * kHourMs).ok());
  EXPECT_FALSE(Add("x", kStart + 3 * kHourMs - 1).ok());
  EXPECT_FALSE(Add("x", kStart).ok());
  ExpectShown("head_samples_appended_total{type=\"float\"} 2");
  ExpectShown("head_samples_appended_total{type=\"histogram\"} 0");
  ExpectShown("out_of_order_samples_total{type=\"float\"} 1");
  ExpectShown("out_of_bound_samples_total{type=\"float\"} 1");
  ExpectShown("head_active_appenders 0");
  const auto appender = database_->NewAppender();
  ExpectShown("head_active_appenders 1");
}

TEST_F(DatabaseMetricsTest, TellsOfCompactions) {
  for (int hour = 0; hour < 12; ++hour) ASSERT_TRUE(Add("x", kStart + hour * kHourMs).ok());
  ExpectShown("compactions_total 0");
  ASSERT_TRUE(database_->Compact().ok());
  EXPECT_THAT(Shown(), Not(HasSubstr("\nprometheus_tsdb_compactions_total 0\n")));
  EXPECT_THAT(Shown(), Not(HasSubstr("\nprometheus_tsdb_compaction_duration_seconds_count 0\n")));
  EXPECT_THAT(Shown(), Not(HasSubstr("\nprometheus_tsdb_compaction_chunk_samples_count 0\n")));
  EXPECT_THAT(Shown(), Not(HasSubstr("\nprometheus_tsdb_head_chunks_removed_total 0\n")));
  EXPECT_THAT(Shown(), Not(HasSubstr("\nprometheus_tsdb_head_gc_duration_seconds_count 0\n")));
  EXPECT_THAT(Shown(), Not(HasSubstr("\nprometheus_tsdb_symbol_table_size_bytes 0\n")));
  ExpectShown("compaction_populating_block 0");
  ExpectShown("lowest_timestamp 1.7e+12");
  ExpectShown("head_truncations_failed_total 0");
}

TEST_F(DatabaseMetricsTest, CountsDamageOfTheLog) {
  ASSERT_TRUE(Add("x", kStart).ok());
  ExpectShown("wal_corruptions_total 0");
  database_.reset();
  files_.SetContent("d/wal/00000000", files_.Content("d/wal/00000000") + "damage");
  Open();
  ExpectShown("wal_corruptions_total 1");
}

TEST_F(DatabaseMetricsTest, AStopRemovesTheLockAndAStartTellsWhetherItWasThere) {
  ExpectShown("clean_start 1");
  EXPECT_THAT(*files_.List("d"), testing::Contains("lock"));
  database_.reset();
  EXPECT_THAT(*files_.List("d"), Not(testing::Contains("lock")));
  files_.SetContent("d/lock", "");
  Open();
  ExpectShown("clean_start 0");
}

}  // namespace
}  // namespace narthex::tsdb
