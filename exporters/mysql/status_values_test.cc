#include "exporters/mysql/status_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(ParseStatusValue, ReadsNumbersWordsAndTimes) {
  EXPECT_EQ(ParseStatusValue("12.5"), 12.5);
  EXPECT_EQ(ParseStatusValue("-1"), -1);
  for (const char* one : {"Yes", "ON", "Primary"}) EXPECT_EQ(ParseStatusValue(one), 1) << one;
  for (const char* zero : {"No", "OFF", "DISABLED", "Connecting", "non-Primary", "Disconnected"})
    EXPECT_EQ(ParseStatusValue(zero), 0) << zero;
  EXPECT_EQ(ParseStatusValue("2026-11-28 08:00:00"), 1'795'852'800);
  EXPECT_EQ(ParseStatusValue("Nov 28 08:00:00 2026 GMT"), 1'795'852'800);
  EXPECT_EQ(ParseStatusValue("Nov  8 08:00:00 2026 GMT"), 1'794'124'800);
}

TEST(ParseStatusValue, ReadsNothingElse) {
  for (const char* text : {"", "yes please", "bin.000012", "2026-11-28", "10.11.6-MariaDB", "0-1-5",
                           "2026-11-28T08:00:00", "Now 28 08:00:00 2026 GMT", "Nov 28 2026",
                           "Nov 28 08:00:00 2026", "Nov 28 08:00:00 2026 GMT x"})
    EXPECT_EQ(ParseStatusValue(text), std::nullopt) << text;
}

TEST(MetricNamePart, KeepsWhatANameMayHave) {
  EXPECT_EQ(MetricNamePart("Ssl_server.not-After"), "ssl_server_not_after");
}

TEST(StateName, IsShort) {
  EXPECT_EQ(StateName("Waiting for: table (meta-data), lock."), "waiting_for_table_meta_data_lock");
  EXPECT_EQ(StateName(""), "unknown");
}

TEST(ParseGcacheSize, TakesUnits) {
  EXPECT_EQ(ParseGcacheSize("a = 1; gcache.size = 128M; b = 2"), 128.0 * 1024 * 1024);
  EXPECT_EQ(ParseGcacheSize("gcache.size = 2G;"), 2.0 * 1024 * 1024 * 1024);
  EXPECT_EQ(ParseGcacheSize("gcache.size = 7;"), 7);
  EXPECT_EQ(ParseGcacheSize("gcache.size = x"), 0);
  EXPECT_EQ(ParseGcacheSize(""), 0);
}

TEST(ParseReplicationLatency, WantsFiveNumbers) {
  const auto values = ParseReplicationLatency("0.1/0.2/0.3/4e-1/5");
  ASSERT_TRUE(values);
  EXPECT_THAT(*values, ElementsAre(0.1, 0.2, 0.3, 0.4, 5));
  for (const char* bad : {"", "1/2/3/4", "1/2/3/4/5/6", "1//3/4/5"})
    EXPECT_FALSE(ParseReplicationLatency(bad)) << bad;
}

TEST(ParseGtids, PassesOverWhatIsNone) {
  const auto gtids = ParseGtids("0-1-270,1-2-41,x,1-2,1-2-3-4,1-2-y,");
  ASSERT_THAT(gtids, SizeIs(2));
  EXPECT_EQ(gtids[1].domain, "1");
  EXPECT_EQ(gtids[1].server, "2");
  EXPECT_EQ(gtids[1].sequence, 41);
}

TEST(ParseInnodbStatus, FindsQueriesAndReadViews) {
  const InnodbStatus status = ParseInnodbStatus(
      "ROW OPERATIONS\n--------------\n3 queries inside InnoDB, 2 queries in queue\r\n"
      "5 read views open inside InnoDB\nEND\n");
  EXPECT_EQ(status.queries_inside, 3);
  EXPECT_EQ(status.queries_in_queue, 2);
  EXPECT_EQ(status.read_views, 5);
}

TEST(ParseInnodbStatus, GivesNothingForOtherText) {
  for (const char* text : {"", "x queries inside InnoDB, 2 queries in queue",
                           "3 queries inside InnoDB, x queries in queue", "read views open"}) {
    const InnodbStatus status = ParseInnodbStatus(text);
    EXPECT_FALSE(status.queries_inside || status.queries_in_queue || status.read_views) << text;
  }
}

TEST(BinlogFileNumber, StandsBehindTheLastDot) {
  EXPECT_EQ(BinlogFileNumber("db.example-bin.000012"), 12);
  EXPECT_EQ(BinlogFileNumber("bin"), 0);
}

}  // namespace
}  // namespace narthex::exporters
