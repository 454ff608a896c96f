#include "common/client/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace narthex {
namespace {

using testing::HasSubstr;

class SummaryTest : public testing::Test {
 protected:
  std::string Exposition(const Summary& summary) const {
    openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
    summary.WriteTo(writer.Add("s", openmetrics::Type::kSummary, "S."), {{"a", "b"}});
    std::string out;
    writer.Finish(out);
    return out;
  }
  // The value that is shown for a quantile.
  double Shown(const Summary& summary, const std::string& quantile) const {
    const std::string text = Exposition(summary);
    const std::string key = "quantile=\"" + quantile + "\"} ";
    return std::stod(text.substr(text.find(key) + key.size()));
  }

  int64_t now_s_ = 1'000'000;
  const Summary::Seconds clock_ = [this] { return now_s_; };
};

TEST_F(SummaryTest, WithoutQuantilesTellsCountAndSum) {
  Summary summary;
  summary.Observe(2);
  summary.Observe(0.5);
  EXPECT_EQ(Exposition(summary),
            "# HELP s S.\n# TYPE s summary\ns_sum{a=\"b\"} 2.5\ns_count{a=\"b\"} 2\n");
}

TEST_F(SummaryTest, QuantilesAreRightToThreeInAHundred) {
  for (const double unit : {1e-5, 1.0, 1e4}) {
    Summary summary({0.01, 0.5, 0.9}, clock_);
    for (int i = 100; i >= 1; --i) summary.Observe(i * unit);
    EXPECT_NEAR(Shown(summary, "0.01"), 1 * unit, 0.03 * unit);
    EXPECT_NEAR(Shown(summary, "0.5"), 50 * unit, 1.5 * unit);
    EXPECT_NEAR(Shown(summary, "0.9"), 90 * unit, 2.7 * unit);
  }
}

TEST_F(SummaryTest, ForgetsForQuantilesWhatIsTenMinutesOld) {
  Summary summary({0.5}, clock_);
  EXPECT_THAT(Exposition(summary), HasSubstr("s{a=\"b\",quantile=\"0.5\"} NaN\n"));
  for (int i = 0; i < 10; ++i) summary.Observe(100);
  now_s_ += 300;
  for (int i = 0; i < 8; ++i) summary.Observe(1);
  EXPECT_NEAR(Shown(summary, "0.5"), 100, 3);
  now_s_ += 301;
  EXPECT_NEAR(Shown(summary, "0.5"), 1, 0.03);
  now_s_ += 600;
  EXPECT_THAT(Exposition(summary), HasSubstr("s{a=\"b\",quantile=\"0.5\"} NaN\n"));
  EXPECT_THAT(Exposition(summary), HasSubstr("s_count{a=\"b\"} 18\n"));
}

TEST_F(SummaryTest, TakesAnyValue) {
  Summary summary({0.5, 0.99}, clock_);
  for (const double value : {-1.0, 0.0, 1e300, std::nan("")}) summary.Observe(value);
  EXPECT_EQ(Shown(summary, "0.5"), 0);
  EXPECT_GT(Shown(summary, "0.99"), 5e9);
}

}  // namespace
}  // namespace narthex
