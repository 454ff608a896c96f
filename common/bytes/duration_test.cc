#include "common/bytes/duration.h"

#include <gtest/gtest.h>

namespace narthex {
namespace {

TEST(ParseDuration, ReadsUnitsFromLargeToSmall) {
  EXPECT_EQ(ParseDuration("0")->ms, 0);
  EXPECT_EQ(ParseDuration("15s")->ms, 15000);
  EXPECT_EQ(ParseDuration("1h30m")->ms, 5400000);
  EXPECT_EQ(ParseDuration("1y2w3d4h5m6s7ms")->ms, 33'019'506'007);
}

TEST(ParseDuration, RefusesWrongOrderRepeatsFractionsAndNonsense) {
  for (const char* text : {"", "1", "m", "1.5h", "-1s", "5m1h", "1s1s", "1x", "1 s", "99999999y"}) {
    EXPECT_EQ(ParseDuration(text).code(), Code::kInvalidArgument) << text;
  }
}

TEST(FormatDuration, IsTheShortestTextThatReadsBack) {
  for (const char* text : {"0s", "15s", "1h30m", "1d", "2w", "1y", "8d1s", "100ms", "1m1ms"}) {
    EXPECT_EQ(FormatDuration(*ParseDuration(text)), text);
  }
  EXPECT_EQ(FormatDuration({90 * 60000}), "1h30m");
  EXPECT_EQ(FormatDuration({-5000}), "-5s");
}

TEST(ParseByteSize, CountsInPowersOf1024) {
  EXPECT_EQ(ParseByteSize("512MB")->bytes, 512U << 20);
  EXPECT_EQ(ParseByteSize("1GiB")->bytes, 1U << 30);
  EXPECT_EQ(ParseByteSize("0")->bytes, 0U);
  for (const char* text : {"", "12", "MB", "1.5MB", "1mb", "-1B", "99999999999EB"}) {
    EXPECT_FALSE(ParseByteSize(text).ok()) << text;
  }
  EXPECT_EQ(FormatByteSize({512U << 20}), "512MiB");
  EXPECT_EQ(FormatByteSize({1000}), "1000B");
}

}  // namespace
}  // namespace narthex
