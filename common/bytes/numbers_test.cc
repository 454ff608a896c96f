#include "common/bytes/numbers.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace narthex {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(ExpositionDouble, UsesAnExponentFromAMillionUp) {
  EXPECT_EQ(ExpositionDouble(0), "0");
  EXPECT_EQ(ExpositionDouble(-0.0), "-0");
  EXPECT_EQ(ExpositionDouble(999999), "999999");
  EXPECT_EQ(ExpositionDouble(1000000), "1e+06");
  EXPECT_EQ(ExpositionDouble(16507985920.0), "1.650798592e+10");
  EXPECT_EQ(ExpositionDouble(123456.5), "123456.5");
  EXPECT_EQ(ExpositionDouble(0.0001), "0.0001");
  EXPECT_EQ(ExpositionDouble(0.00001), "1e-05");
  EXPECT_EQ(ExpositionDouble(-1.5e-300), "-1.5e-300");
}

TEST(ApiDouble, UsesPlainDigitsUpTo21) {
  EXPECT_EQ(ApiDouble(1e20), "100000000000000000000");
  EXPECT_EQ(ApiDouble(1e21), "1e+21");
  EXPECT_EQ(ApiDouble(0.000001), "0.000001");
  EXPECT_EQ(ApiDouble(0.0000001), "1e-07");
  EXPECT_EQ(ApiDouble(16507985920.25), "16507985920.25");
  EXPECT_EQ(ApiDouble(kInf), "+Inf");
  EXPECT_EQ(ApiDouble(-kInf), "-Inf");
  EXPECT_EQ(ApiDouble(std::nan("")), "NaN");
}

TEST(ParseDouble, ReadsBackWhatWasPrinted) {
  for (double value : {0.0, -0.0, 1.0, 0.1, 1e-323, 1.7976931348623157e308, kInf, -kInf, 3e20}) {
    EXPECT_EQ(ParseDouble(ExpositionDouble(value)), value);
    EXPECT_EQ(ParseDouble(ApiDouble(value)), value);
  }
  EXPECT_TRUE(std::isnan(*ParseDouble("NaN")));
}

TEST(ParseDouble, TakesHexadecimalAndRoundsWhatIsOutOfRange) {
  EXPECT_EQ(ParseDouble("0x1p-2"), 0.25);
  EXPECT_EQ(ParseDouble("+5"), 5);
  EXPECT_EQ(ParseDouble(".5"), 0.5);
  EXPECT_EQ(ParseDouble("1e999"), kInf);
  EXPECT_EQ(ParseDouble("-1e999"), -kInf);
  EXPECT_EQ(ParseDouble("1e-999"), 0);
}

TEST(ParseDouble, RefusesEverythingElse) {
  for (const char* text : {"", "+", "-", "1 ", " 1", "1_0", "--1", "+-1", "0x", "0x1", "1e", "nano",
                           "in", "1.5.2", "e5", "0x-1p1"}) {
    EXPECT_EQ(ParseDouble(text), std::nullopt) << text;
  }
}

// Every bit as the standard library reads it, and as far.
TEST(ReadDouble, AgreesWithTheStandardLibrary) {
  std::mt19937_64 random(7);
  std::vector<std::string> texts = {
      "0",       "-0",    "12",     "1e22",  "1e23",  "9007199254740993",
      "1.5e+",   "1e",    ".5",     "5.",    ".",     "-",
      "1.2.3",   "1e-22", "1e-400", "1e400", "1e+5x", "18446744073709551616",
      "123 456", "0x10",  "nan",    "inf",   "+1",    "1E5"};
  for (int i = 0; i < 20'000; ++i) {
    const auto digits = static_cast<double>(random() >> (random() % 64));
    texts.push_back(ExpositionDouble(digits / std::pow(10, static_cast<double>(random() % 30))));
    texts.push_back(std::to_string(random() % 1'000'000) + "." +
                    std::to_string(random() % 10'000'000));
  }
  for (const std::string& text : texts) {
    double want = 0;
    double got = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, want);
    const bool ok = error == std::errc() && std::isfinite(want);
    const char* const read = ReadDouble(text.data(), end, got);
    ASSERT_EQ(read, ok ? stop : nullptr) << text;
    if (ok) {
      ASSERT_EQ(std::bit_cast<uint64_t>(got), std::bit_cast<uint64_t>(want)) << text;
    }
  }
}

TEST(ParseInteger, WantsTheWholeTextInRange) {
  EXPECT_EQ(ParseInteger("-12"), -12);
  EXPECT_EQ(ParseInteger("9223372036854775808"), std::nullopt);
  EXPECT_EQ(ParseInteger("12a"), std::nullopt);
  EXPECT_EQ(ParseUnsigned("18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(ParseUnsigned("-1"), std::nullopt);
}

}  // namespace
}  // namespace narthex
