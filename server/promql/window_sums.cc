#include "server/promql/window_sums.h"

#include <algorithm>
#include <cmath>

#include "server/promql/kahan.h"

namespace narthex::promql {

double SumOf(std::span<const double> values) {
  KahanSum sum;
  for (const double value : values) sum.Add(value);
  return std::isinf(sum.sum) ? sum.sum : sum.Result();
}

double MeanOf(std::span<const double> values) {
  KahanMean mean;
  for (const double value : values) mean.Add(value);
  return mean.Result();
}

double VarianceOf(std::span<const double> values) {
  double count = 0;
  KahanSum mean;
  KahanSum squares;
  for (const double value : values) {
    ++count;
    const double delta = value - mean.Result();
    mean.Add(delta / count);
    squares.Add(delta * (value - mean.Result()));
  }
  return squares.Result() / count;
}

Line LineThrough(std::span<const int64_t> times_ms, std::span<const double> values,
                 int64_t intercept_ms) {
  const double first = values.front();
  const bool constant = std::all_of(values.begin() + 1, values.end(),
                                    [first](double value) { return value == first; });
  if (constant && std::isinf(first)) return {std::nan(""), std::nan("")};
  if (constant) return {0, first};
  KahanSum sum_x;
  KahanSum sum_y;
  KahanSum sum_xy;
  KahanSum sum_xx;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(times_ms[i] - intercept_ms) / 1000;
    const double y = values[i];
    sum_x.Add(x);
    sum_y.Add(y);
    sum_xy.Add(x * y);
    sum_xx.Add(x * x);
  }
  const auto count = static_cast<double>(values.size());
  const double x = sum_x.Result();
  const double y = sum_y.Result();
  const double covariance = sum_xy.Result() - x * y / count;
  const double variance = sum_xx.Result() - x * x / count;
  const double slope = covariance / variance;
  return {slope, y / count - slope * x / count};
}

}  // namespace narthex::promql
