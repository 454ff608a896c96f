#include "server/promql/sliding_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

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

std::vector<double> Sliding(SlidingKind kind, const std::vector<double>& values,
                            const std::vector<double>& quantiles = {}) {
  const std::vector<int64_t> times_ms = Times(values.size());
  const Steps steps{0, 1000, values.size()};
  Column out;
  out.Reset(steps.count);
  SlidingColumn({times_ms, values, Seconds(3), kind, quantiles}, steps, nullptr, out);
  return out.values;
}

TEST(SlidingColumn, ForgetsWhatHasLeftTheWindow) {
  EXPECT_THAT(Sliding(SlidingKind::kMin, {5, 1, 4, 6, 7, 2}), ElementsAre(5, 1, 1, 1, 4, 2));
  EXPECT_THAT(Sliding(SlidingKind::kMax, {5, 1, 4, 6, 7, 2}), ElementsAre(5, 5, 5, 6, 7, 7));
}

TEST(SlidingColumn, ANumberBeatsNaNAndNothingButNaNIsNaN) {
  EXPECT_THAT(Sliding(SlidingKind::kMin, {kNan, 3, kNan, kNan, kNan}),
              ElementsAre(NanSensitiveDoubleEq(kNan), 3, 3, 3, NanSensitiveDoubleEq(kNan)));
}

TEST(SlidingColumn, QuantilesInterpolateAndMayDifferByStep) {
  EXPECT_THAT(Sliding(SlidingKind::kQuantile, {1, 3, 2, 8}, {0.5, 0.5, 0.5, 1}),
              ElementsAre(1, 2, 2, 8));
  EXPECT_THAT(Sliding(SlidingKind::kQuantile, {1, 1}, {-1, 2}), ElementsAre(-INFINITY, INFINITY));
}

TEST(SlidingColumn, TellsTheSizesOfItsWindows) {
  const std::vector<double> values = {1, 2, 3, 4};
  const std::vector<int64_t> times_ms = Times(4);
  std::vector<uint64_t> sizes(4);
  Column out;
  out.Reset(4);
  const SlidingInput input{times_ms, values, Seconds(3), SlidingKind::kMin, {}};
  EXPECT_EQ(SlidingColumn(input, {0, 1000, 4}, sizes.data(), out), 9U);
  EXPECT_THAT(sizes, ElementsAre(1, 2, 3, 3));
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
