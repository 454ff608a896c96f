#include "server/api/parameters.h"

#include <gtest/gtest.h>

#include "common/http_server/json_response.h"

namespace narthex::server {
namespace {

TEST(ParseTime, TakesUnixSecondsAndRfc3339) {
  EXPECT_EQ(*ParseTime("1700000000.5"), 1700000000500);
  EXPECT_EQ(*ParseTime("-1.5"), -1500);
  EXPECT_EQ(*ParseTime("2023-11-14T22:13:20Z"), 1700000000000);
  EXPECT_EQ(*ParseTime("2023-11-14T23:13:20.1234+01:00"), 1700000000123);
  EXPECT_EQ(*ParseTime("2024-02-29T00:00:00Z"), 1709164800000);
  for (const char* bad : {"", "now", "NaN", "1e300", "2023-02-29T00:00:00Z", "2023-11-14",
                          "2023-11-14T22:13:20", "2023-11-14T25:00:00Z", "2023-11-14T22:13:20.Z"}) {
    EXPECT_FALSE(ParseTime(bad).ok()) << bad;
  }
}

TEST(ParseDurationParameter, TakesSecondsAndDurations) {
  EXPECT_EQ(ParseDurationParameter("1.5")->ms, 1500);
  EXPECT_EQ(ParseDurationParameter("5m")->ms, 300'000);
  EXPECT_FALSE(ParseDurationParameter("soon").ok());
}

TEST(Json, WritesTimesValuesAndHostileText) {
  std::string out;
  AppendJsonTime(out, 1'700'000'000'050);
  out += ' ';
  AppendJsonTime(out, 5000);
  out += ' ';
  AppendJsonTime(out, -1500);
  EXPECT_EQ(out, "1700000000.050 5 -1.500");
  out.clear();
  AppendJsonString(out, "a\"\\\n\x01</script>\xff");
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001\\u003c/script\\u003e\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace narthex::server
