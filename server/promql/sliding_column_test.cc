#include "server/promql/sliding_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "server/promql/rate_column.h"

namespace narthex::promql {
namespace {

using testing::ElementsAre;
using testing::NanSensitiveDoubleEq;

const double kNan = std::nan("");

// Values a second apart from time zero.
std::vector<int64_t> Times(size_t count) {
  std::vector<int64_t> times_ms;
  for (size_t i = 0; i < count; ++i) times_ms.push_back(static_cast<int64_t>(i) * 1000);
  return times_ms;
}

RangeShape Seconds(int64_t seconds) {
  RangeShape shape;
  shape.range_ms = 1000 * seconds;
  return shape;
}

class SlidingColumns : public testing::Test {
 protected:
  Column Slide(const SlidingInput& input, const Steps& steps, uint64_t* sizes = nullptr) {
    Column out;
    out.Reset(steps.count);
    seen_ = 0;
    EXPECT_TRUE(SlidingColumn(input, steps, control_, sizes, seen_, out).ok());
    return out;
  }

  // In windows of three seconds, a step a second.
  std::vector<double> OfThree(SlidingKind kind, const std::vector<double>& values,
                              const std::vector<double>& scalars = {}) {
    const std::vector<int64_t> times_ms = Times(values.size());
    return Slide({times_ms, values, {}, Seconds(3), kind, scalars}, {0, 1000, values.size()})
        .values;
  }

  // Expects what the function's kernel gives of each window by itself.
  void ExpectAsByItself(std::string_view function, const std::vector<double>& values,
                        size_t samples_in_window);

  SystemClock clock_;
  const std::atomic<bool> stopping_{false};
  QueryControl control_{{INT64_MAX, 0, 0, {}}, clock_, stopping_};
  uint64_t seen_ = 0;
};

TEST_F(SlidingColumns, ForgetWhatHasLeftTheWindow) {
  EXPECT_THAT(OfThree(SlidingKind::kMin, {5, 1, 4, 6, 7, 2}), ElementsAre(5, 1, 1, 1, 4, 2));
  EXPECT_THAT(OfThree(SlidingKind::kMax, {5, 1, 4, 6, 7, 2}), ElementsAre(5, 5, 5, 6, 7, 7));
  EXPECT_THAT(OfThree(SlidingKind::kSum, {5, 1, 4, 6, 7, 2}), ElementsAre(5, 6, 10, 11, 17, 15));
  EXPECT_THAT(OfThree(SlidingKind::kMean, {5, 1, 3, 8, 7, 0}), ElementsAre(5, 3, 3, 4, 6, 5));
  EXPECT_THAT(OfThree(SlidingKind::kVariance, {2, 2, 2, 5, 5}), ElementsAre(0, 0, 0, 2, 2));
  EXPECT_THAT(OfThree(SlidingKind::kChanges, {5, 1, 1, 6, 7, 7}), ElementsAre(0, 1, 1, 1, 2, 1));
  EXPECT_THAT(OfThree(SlidingKind::kResets, {5, 1, 4, 3, 7, 8}), ElementsAre(0, 1, 1, 1, 1, 0));
  EXPECT_THAT(OfThree(SlidingKind::kSlope, {1, 3, 5, 5, 5}), ElementsAre(0, 2, 2, 1, 0));
}

TEST_F(SlidingColumns, ANumberBeatsNaNAndNothingButNaNIsNaN) {
  EXPECT_THAT(OfThree(SlidingKind::kMin, {kNan, 3, kNan, kNan, kNan}),
              ElementsAre(NanSensitiveDoubleEq(kNan), 3, 3, 3, NanSensitiveDoubleEq(kNan)));
}

TEST_F(SlidingColumns, OfEqualValuesTheNewestIsTheOneWhoseTimeCounts) {
  EXPECT_THAT(OfThree(SlidingKind::kTimeOfMin, {1, 1, 4, 3, kNan, kNan, kNan}),
              ElementsAre(0, 1, 1, 1, 3, 3, 6));
  EXPECT_THAT(OfThree(SlidingKind::kTimeOfMax, {4, 4, 1, 2, 4}), ElementsAre(0, 1, 1, 1, 4));
}

TEST_F(SlidingColumns, QuantilesInterpolateAndMayDifferByStep) {
  EXPECT_THAT(OfThree(SlidingKind::kQuantile, {1, 3, 2, 8}, {0.5, 0.5, 0.5, 1}),
              ElementsAre(1, 2, 2, 8));
  EXPECT_THAT(OfThree(SlidingKind::kQuantile, {1, 1}, {-1, 2}), ElementsAre(-INFINITY, INFINITY));
}

TEST_F(SlidingColumns, TellTheSizesOfTheirWindows) {
  const std::vector<double> values = {1, 2, 3, 4};
  const std::vector<int64_t> times_ms = Times(4);
  std::vector<uint64_t> sizes(4);
  Slide({times_ms, values, {}, Seconds(3), SlidingKind::kMin, {}}, {0, 1000, 4}, sizes.data());
  EXPECT_EQ(seen_, 9U);
  EXPECT_THAT(sizes, ElementsAre(1, 2, 3, 3));
}

TEST_F(SlidingColumns, WindowsThatHaveNoSampleInCommonCountByThemselves) {
  const std::vector<double> values = {1, 2, 3, 3, 4, 4};
  const std::vector<int64_t> times_ms = Times(6);
  const SlidingInput input{times_ms, values, {}, Seconds(2), SlidingKind::kChanges, {}};
  EXPECT_THAT(Slide(input, {1000, 2000, 3}).values, ElementsAre(1, 0, 0));
}

TEST_F(SlidingColumns, StopWithTheQuery) {
  const std::vector<double> values(1000, 1);
  const std::vector<int64_t> times_ms = Times(1000);
  control_.Cancel();
  Column out;
  out.Reset(1000);
  const SlidingInput input{times_ms, values, {}, Seconds(30), SlidingKind::kSum, {}};
  EXPECT_EQ(SlidingColumn(input, {0, 1000, 1000}, control_, nullptr, seen_, out).code(),
            Code::kCancelled);
}

TEST(SlidingKind, IsForWindowsThatOverlapAndLieWithinTheirBorders) {
  const FunctionRow& sum = *FindFunction("sum_over_time");
  EXPECT_EQ(SlidingKindOf(sum, Seconds(600), {0, 1000, 100}), SlidingKind::kSum);
  EXPECT_EQ(SlidingKindOf(sum, Seconds(3), {0, 1000, 100}), SlidingKind::kNone);
  EXPECT_EQ(SlidingKindOf(sum, Seconds(600), {0, 1000, 1}), SlidingKind::kNone);
  RangeShape anchored = Seconds(600);
  anchored.anchored = true;
  EXPECT_EQ(SlidingKindOf(*FindFunction("resets"), anchored, {0, 1000, 100}), SlidingKind::kNone);
  EXPECT_EQ(
      SlidingKindOf(*FindFunction("double_exponential_smoothing"), Seconds(600), {0, 1000, 100}),
      SlidingKind::kNone);
}

// Equal, or no further apart than a part in 10^12.
bool Near(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-12 * std::abs(b);
}

void SlidingColumns::ExpectAsByItself(std::string_view function, const std::vector<double>& values,
                                      size_t samples_in_window) {
  const FunctionRow& row = *FindFunction(function);
  std::vector<int64_t> times_ms;
  // As of our days, on no grid.
  for (size_t i = 0; i < values.size(); ++i)
    times_ms.push_back(1'800'000'000'123 + static_cast<int64_t>(i * 15'000 + i * 7919 % 4000));
  const Steps steps{times_ms[0], 15'000, values.size() + samples_in_window};
  const RangeShape shape = Seconds(static_cast<int64_t>(samples_in_window) * 15);
  const std::vector<double> scalars(steps.count, 0.3);
  const SlidingInput input{times_ms, values, {}, shape, SlidingKindOf(row, shape, steps), scalars};
  ASSERT_NE(input.kind, SlidingKind::kNone) << function;
  const Column got = Slide(input, steps);
  Annotations annotations;
  RangeCall call;
  call.scalars = std::span(scalars).first(1);
  call.annotations = &annotations;
  for (size_t step = 0; step < steps.count; ++step) {
    RangeWindow window;
    window.step_ms = window.end_ms = steps.time_ms(step);
    window.begin_ms = window.end_ms - shape.range_ms;
    const auto first = std::upper_bound(times_ms.begin(), times_ms.end(), window.begin_ms);
    const auto after = std::upper_bound(times_ms.begin(), times_ms.end(), window.end_ms);
    window.times_ms = {first, after};
    window.values = std::span(values).subspan(static_cast<size_t>(first - times_ms.begin()),
                                              window.times_ms.size());
    Value want;
    const bool any = !window.values.empty() && row.range(window, call, want);
    ASSERT_EQ(got.present[step] == Column::kFloat, any) << function << " step " << step;
    if (any) {
      ASSERT_TRUE(Near(got.values[step], want.value))
          << function << " step " << step << ": got " << got.values[step] << ", want "
          << want.value;
    }
  }
}

// Series that are hard on sums.
std::vector<std::vector<double>> HardSeries() {
  std::mt19937_64 random(1);
  const auto dice = [&](uint64_t sides) { return random() % sides; };
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  constexpr size_t kSize = 700;
  std::vector<std::vector<double>> all(13, std::vector<double>(kSize));
  for (size_t i = 0; i < kSize; ++i) {
    const auto x = static_cast<double>(i);
    all[0][i] = unit() - 0.5;
    all[1][i] = 1e15 + static_cast<double>(dice(8)) / 8;                   // hardly differ
    all[2][i] = dice(40) == 0 ? (dice(2) == 0 ? 1e100 : -1e100) : unit();  // cancel
    all[3][i] = dice(150) == 0 ? kNan : unit() * 100;
    all[4][i] = dice(150) == 0 ? (dice(2) == 0 ? INFINITY : -INFINITY) : unit() * 100;
    all[5][i] = dice(2) == 0 ? 0.0 : -0.0;
    all[6][i] = i % 300 < 200 ? 7.1 : x;  // long constant
    all[7][i] = std::ldexp(unit(), static_cast<int>(dice(2000)) - 1000);
    all[8][i] = dice(2) == 0 ? 1e308 : -1e308 * unit();    // overflow
    all[9][i] = 5e9 + x * 1e3 + unit() * 1e5;              // bytes in use
    all[10][i] = i < 300 ? 1e20 * unit() : 1e-3 * unit();  // falls far
    all[11][i] = std::sin(x / 10);
    all[12][i] = dice(30) == 0 ? 1e-200 : unit() * 1e-140;
  }
  return all;
}

TEST_F(SlidingColumns, GiveWhatEachWindowGivesByItself) {
  const std::vector<std::vector<double>> all = HardSeries();
  for (size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    for (const std::string_view function :
         {"sum_over_time", "avg_over_time", "stddev_over_time", "stdvar_over_time", "deriv",
          "predict_linear", "changes", "resets", "min_over_time", "max_over_time",
          "ts_of_min_over_time", "ts_of_max_over_time", "mad_over_time", "quantile_over_time"}) {
      for (const size_t size : {10, 33, 240}) ExpectAsByItself(function, all[i], size);
    }
  }
}

TEST(RateColumn, AddsWhatResetsTookAway) {
  const std::vector<double> values = {10, 20, 5, 15};
  const std::vector<int64_t> times_ms = Times(4);
  const std::vector<size_t> resets = {2};
  Column out;
  out.Reset(2);
  // At second 3 the window holds 20, 5 and 15: grown by 15 in two seconds, half a second more at
  // each border would be below zero of nothing.
  const RateInput input{times_ms, values, resets, Seconds(3), {true, true, false}};
  RateColumn(input, {0, 3000, 2}, nullptr, out);
  EXPECT_THAT(out.present, ElementsAre(Column::kAbsent, Column::kFloat));
  EXPECT_DOUBLE_EQ(out.values[1], 15 * 3.0 / 2.0);
}

}  // namespace
}  // namespace narthex::promql
