#include "server/promql/sliding_sums.h"

#include <algorithm>

namespace narthex::promql {
namespace {

std::span<const double> In(std::span<const double> values, IndexRange window) {
  return values.subspan(window.first, window.size());
}

}  // namespace

void SlidingSum::Total::Add(double value, double size_of_it) {
  sum.Add(value);
  size += size_of_it;
  wear.Note(size);
}

void SlidingSum::Enter(size_t i) {
  if (traits_.Enter(values_[i])) total_.Add(values_[i], std::abs(values_[i]));
}

void SlidingSum::Leave(size_t i) {
  if (traits_.Leave(values_[i])) total_.Add(-values_[i], -std::abs(values_[i]));
}

double SlidingSum::Result(IndexRange window) {
  constexpr double kGreatestCancellation = 1 << 30;
  if (traits_.nan()) return std::nan("");
  const std::span<const double> values = In(values_, window);
  if (!traits_.odd()) {
    if (total_.wear.IsWorn(total_.size)) {
      total_ = {};
      for (const double value : values) total_.Add(value, std::abs(value));
    }
    const DoubleDouble sum = total_.sum;
    if (std::abs(sum.high) * kGreatestCancellation >= total_.size) {
      const auto count = static_cast<double>(window.size());
      return mean_ ? sum.high / count + sum.low / count : sum.high;
    }
  }
  return mean_ ? MeanOf(values) : SumOf(values);
}

void SlidingVariance::Total::Add(double value, DoubleDouble square) {
  sum.Add(value);
  squares.Add(square);
  wear.Note(squares.high);
}

void SlidingVariance::Enter(size_t i) {
  equal_.Enter(i);
  const double value = values_[i];
  if (traits_.Enter(value)) total_.Add(value, DoubleDouble::Product(value, value));
}

void SlidingVariance::Leave(size_t i) {
  const double value = values_[i];
  if (traits_.Leave(value)) total_.Add(-value, -DoubleDouble::Product(value, value));
}

double SlidingVariance::Result(IndexRange window) {
  const double variance = Variance(window);
  return deviation_ ? std::sqrt(variance) : variance;
}

double SlidingVariance::Variance(IndexRange window) {
  // Of the variance by the square of the mean, where running means are still exact enough.
  constexpr double kLeastSpread = 1.0 / (1 << 21);
  if (traits_.nan()) return std::nan("");
  const std::span<const double> values = In(values_, window);
  if (traits_.odd()) return VarianceOf(values);
  if (equal_.Holds(window)) return 0;
  if (total_.wear.IsWorn(total_.squares.high)) {
    total_ = {};
    for (const double value : values) total_.Add(value, DoubleDouble::Product(value, value));
  }
  const auto count = static_cast<double>(window.size());
  const DoubleDouble of_mean = total_.sum.Squared().Over(count);
  DoubleDouble rest = total_.squares;
  rest.Add(-of_mean);
  return rest.high > kLeastSpread * of_mean.high ? rest.high / count : VarianceOf(values);
}

void SlidingLine::Total::Add(int64_t time_ms, double value, double sign) {
  const auto time = static_cast<double>(time_ms - base_ms);
  x.Add(sign * time);
  xx.Add(DoubleDouble::Product(sign * time, time));
  y.Add(sign * value);
  xy.Add(DoubleDouble::Product(sign * time, value));
  size += sign * std::abs(value);
  wear.Note(size);
}

void SlidingLine::Enter(size_t i) {
  equal_.Enter(i);
  if (traits_.Enter(values_[i])) total_.Add(times_ms_[i], values_[i], 1);
}

void SlidingLine::Leave(size_t i) {
  if (traits_.Leave(values_[i])) total_.Add(times_ms_[i], values_[i], -1);
}

bool SlidingLine::BySums(IndexRange window) {
  constexpr int64_t kFarthestBase = 1 << 10;  // in windows
  if (traits_.odd() || equal_.Holds(window)) return false;
  const int64_t first_ms = times_ms_[window.first];
  const int64_t last_ms = times_ms_[window.after - 1];
  const bool far = last_ms - total_.base_ms > kFarthestBase * (last_ms - first_ms);
  if (far || total_.wear.IsWorn(total_.size)) {
    total_ = {};
    total_.base_ms = first_ms;
    for (size_t i = window.first; i < window.after; ++i) total_.Add(times_ms_[i], values_[i], 1);
  }
  return true;
}

// The bound for the error is that of what the reference does: each product of a time and a value
// rounds, and so do the sums of them.
SlidingLine::Fit SlidingLine::FitAt(IndexRange window, int64_t time_ms) const {
  constexpr double kRounding = 0x1p-50;
  const auto since_base = static_cast<double>(time_ms - total_.base_ms);
  const auto count = static_cast<double>(window.size());
  DoubleDouble x_ms = total_.x;
  x_ms.Add(-DoubleDouble::Product(since_base, count));
  DoubleDouble xx_ms = total_.xx;
  xx_ms.Add(-total_.x.Times(2 * since_base));
  xx_ms.Add(DoubleDouble::Product(since_base, since_base).Times(count));
  DoubleDouble xy_ms = total_.xy;
  xy_ms.Add(-total_.y.Times(since_base));
  const double x = x_ms.high / 1e3;
  const double xx = xx_ms.high / 1e6;
  const double y = total_.y.high;
  const double covariance = xy_ms.high / 1e3 - x * y / count;
  const double variance = xx - x * x / count;
  const int64_t reach_ms = std::max(std::abs(times_ms_[window.first] - time_ms),
                                    std::abs(times_ms_[window.after - 1] - time_ms));
  Fit fit;
  fit.line.slope = covariance / variance;
  fit.line.intercept = y / count - fit.line.slope * x / count;
  const double moment = static_cast<double>(reach_ms) / 1e3 * total_.size;
  fit.slope_error = kRounding * (moment + std::abs(fit.line.slope) * xx) / variance;
  fit.center_s = std::abs(x) / count;
  fit.mean_size = total_.size / count;
  return fit;
}

Line SlidingLine::Anew(IndexRange window, int64_t time_ms) const {
  return LineThrough(times_ms_.subspan(window.first, window.size()), In(values_, window), time_ms);
}

namespace {

constexpr double kTolerance = 1e-12;

}  // namespace

double SlidingLine::Slope(IndexRange window) {
  if (traits_.nan()) return std::nan("");
  const int64_t first_ms = times_ms_[window.first];
  if (BySums(window)) {
    const Fit fit = FitAt(window, first_ms);
    if (fit.slope_error <= kTolerance * std::abs(fit.line.slope)) return fit.line.slope;
  }
  return Anew(window, first_ms).slope;
}

double SlidingLine::Predict(IndexRange window, int64_t time_ms, double ahead_s) {
  if (traits_.nan()) return std::nan("");
  if (BySums(window)) {
    const Fit fit = FitAt(window, time_ms);
    const double value = fit.line.slope * ahead_s + fit.line.intercept;
    const double lever_s = std::abs(ahead_s) + fit.center_s;
    const double error =
        fit.slope_error * lever_s + 0x1p-50 * (fit.mean_size + std::abs(fit.line.slope) * lever_s);
    if (error <= kTolerance * std::abs(value)) return value;
  }
  const Line line = Anew(window, time_ms);
  return line.slope * ahead_s + line.intercept;
}

}  // namespace narthex::promql
