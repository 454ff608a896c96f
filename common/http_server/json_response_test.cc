#include "common/http_server/json_response.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

std::string JsonValue(double value) {
  std::string out;
  AppendJsonValue(out, value);
  return out;
}

std::string JsonTime(int64_t time_ms) {
  std::string out;
  AppendJsonTime(out, time_ms);
  return out;
}

TEST(JsonValue, IsTheShortestTextThatTheApiPrints) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {0.0,
                             -0.0,
                             1.0,
                             -1.5,
                             0.1,
                             0.001,
                             0.0005,
                             1e-6,
                             1.5e-6,
                             9.99e-7,
                             1e20,
                             123456789012345680.0,
                             1e21,
                             999999.999,
                             123456789012.345,
                             1e12,
                             1.0 / 3,
                             2.0 / 3e5,
                             5e-324,
                             1.7976931348623157e308,
                             infinity,
                             -infinity,
                             std::nan(""),
                             4503599627370496.5,
                             0.3,
                             0.30000000000000004})
    EXPECT_EQ(JsonValue(value), '"' + ApiDouble(value) + '"');
}

// Bits of all kinds, and numbers of few decimals, where the quick way is taken.
TEST(JsonValue, OfAnyNumberIsTheSame) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const auto any = std::bit_cast<double>(random());
    EXPECT_EQ(JsonValue(any), '"' + ApiDouble(any) + '"');
    const auto digits = static_cast<double>(random() >> (random() % 60));
    const double few = digits / std::pow(10, random() % 8);
    EXPECT_EQ(JsonValue(few), '"' + ApiDouble(few) + '"');
    const double usual = static_cast<double>(random() % 1'000'000) / 317;
    EXPECT_EQ(JsonValue(usual), '"' + ApiDouble(usual) + '"');
  }
}

TEST(JsonTime, HasThreeDecimalsWhereThereAreMilliseconds) {
  EXPECT_EQ(JsonTime(0), "0");
  EXPECT_EQ(JsonTime(1'700'000'000'000), "1700000000");
  EXPECT_EQ(JsonTime(1'700'000'000'007), "1700000000.007");
  EXPECT_EQ(JsonTime(-1'500), "-1.500");
  EXPECT_EQ(JsonTime(99'999'999'999), "99999999.999");
  EXPECT_EQ(JsonTime(std::numeric_limits<int64_t>::min()), "-9223372036854775.808");
}

}  // namespace
}  // namespace narthex
