#include "server/api/query_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/fs/files.h"
#include "common/fs/temporary_folder.h"

namespace narthex::server {
namespace {

using testing::HasSubstr;

class QueryLogTest : public testing::Test {
 protected:
  std::string Path(std::string_view name) const { return folder_.path() / name; }

  const TemporaryFolder folder_;
  SystemClock clock_;
};

TEST_F(QueryLogTest, WritesALineForEachQuery) {
  QueryLog log(clock_);
  EXPECT_FALSE(log.enabled());
  ASSERT_TRUE(log.Open(Path("q")).ok());
  log.Write({"up \"x\"", {"127.0.0.1", "GET", "/api/v1/query"}, 1000, 2500, 500}, {}, {});
  log.Write({"bad", {}, 0, 0, 0}, {}, Timeout("too slow"));
  const std::string text = *ReadFile(Path("q"));
  EXPECT_THAT(text, HasSubstr(R"("params":{"end":"1970-01-01T00:00:02.500Z","query":"up \"x\"",)"
                              R"("start":"1970-01-01T00:00:01.000Z","step":0})"));
  EXPECT_THAT(text, HasSubstr(R"("httpRequest":{"clientIP":"127.0.0.1","method":"GET",)"));
  EXPECT_THAT(text, HasSubstr(R"("error":"too slow")"));
}

TEST_F(QueryLogTest, KeepsItsFileWhereTheNextCannotBeOpened) {
  QueryLog log(clock_);
  ASSERT_TRUE(log.Open(Path("q")).ok());
  EXPECT_FALSE(log.Open(Path("no/such/folder/q")).ok());
  log.Write({"one", {}, 0, 0, 0}, {}, {});
  EXPECT_THAT(*ReadFile(Path("q")), HasSubstr("one"));
  ASSERT_TRUE(log.Open("").ok());
  EXPECT_FALSE(log.enabled());
}

TEST(AppendStats, TellsStepsOnlyWhereTheyWereCounted) {
  promql::QueryStats stats;
  stats.total_samples = 5;
  stats.samples_read = 4;
  std::string text;
  AppendStats(text, stats);
  EXPECT_THAT(
      text, HasSubstr(R"("samples":{"totalQueryableSamples":5,"samplesRead":4,"peakSamples":0}})"));
  stats.samples_at_step = {2, 3};
  stats.read_at_step = {4, 0};
  stats.start_ms = 1500;
  stats.step_ms = 1000;
  text.clear();
  AppendStats(text, stats);
  EXPECT_THAT(text, HasSubstr(R"("totalQueryableSamplesPerStep":[[1.500,2],[2.500,3]],"totalQ)"));
  EXPECT_THAT(text, HasSubstr(R"("samplesReadPerStep":[[1.500,4],[2.500,0]],"samplesRead":4,)"));
}

}  // namespace
}  // namespace narthex::server
