#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/promql/histogram_math.h"
#include "server/promql/range_kernels.h"
#include "server/promql/window_sums.h"

namespace narthex::promql {
namespace {

// Whether there are at least two floats; says that histograms are left out where there are any.
bool HasTwoFloats(const RangeWindow& window, const RangeCall& call) {
  if (!window.values.empty() && !window.histograms.empty())
    call.annotations->IgnoredInRange(call.metric, call.place);
  return window.values.size() >= 2;
}

bool HasFloats(const RangeWindow& window, const RangeCall& call) {
  HasTwoFloats(window, call);
  return !window.values.empty();
}

// One sample of a window in which floats and histograms follow each other.
struct Sample {
  int64_t time_ms = 0;
  int64_t start_ms = 0;
  double value = 0;
  const Histogram* histogram = nullptr;
};

// Visits the samples by time; of an anchored range from the last at or before its begin. False
// where there is none within the range.
template <typename Visit>
bool ForEachSample(const RangeWindow& window, const RangeCall& call, Visit visit) {
  size_t floats = 0;
  size_t histograms = 0;
  if (call.anchored) {
    const auto in_time = [&](int64_t time_ms) { return time_ms <= window.begin_ms; };
    while (floats < window.values.size() && in_time(window.times_ms[floats])) ++floats;
    while (histograms < window.histograms.size() && in_time(window.histograms[histograms].time_ms))
      ++histograms;
    if (floats == window.values.size() && histograms == window.histograms.size()) return false;
    const bool float_before =
        floats > 0 && (histograms == 0 ||
                       window.times_ms[floats - 1] >= window.histograms[histograms - 1].time_ms);
    if (float_before) {
      --floats;
    } else if (histograms > 0) {
      --histograms;
    }
  }
  while (floats < window.values.size() || histograms < window.histograms.size()) {
    const bool is_float = histograms == window.histograms.size() ||
                          (floats < window.values.size() &&
                           window.times_ms[floats] < window.histograms[histograms].time_ms);
    if (is_float) {
      visit(Sample{window.times_ms[floats], window.starts_ms.empty() ? 0 : window.starts_ms[floats],
                   window.values[floats], nullptr});
      ++floats;
    } else {
      const HistogramPoint& point = window.histograms[histograms++];
      visit(Sample{point.time_ms, point.start_ms, 0, point.histogram.get()});
    }
  }
  return true;
}

// Counts the pairs of neighbours that satisfy a condition.
template <typename Condition>
bool CountPairs(const RangeWindow& window, const RangeCall& call, Condition condition, Value& out) {
  Sample before;
  bool first = true;
  size_t count = 0;
  const bool any = ForEachSample(window, call, [&](const Sample& now) {
    if (!first && condition(before, now)) ++count;
    before = now;
    first = false;
  });
  out.value = static_cast<double>(count);
  return any;
}

bool IsReset(const Sample& before, const Sample& now) {
  if ((before.histogram == nullptr) != (now.histogram == nullptr)) return true;
  if (StartTellsReset(before.start_ms, before.time_ms, now.start_ms, now.time_ms)) return true;
  if (now.histogram != nullptr) return DetectReset(*now.histogram, *before.histogram);
  return now.value < before.value;
}

bool IsChange(const Sample& before, const Sample& now) {
  if ((before.histogram == nullptr) != (now.histogram == nullptr)) return true;
  if (now.histogram != nullptr) return !SameHistogram(*now.histogram, *before.histogram);
  return now.value != before.value && !(std::isnan(now.value) && std::isnan(before.value));
}

}  // namespace

double Quantile(double quantile, std::vector<double>& values) {
  if (values.empty() || std::isnan(quantile)) return std::nan("");
  if (quantile < 0) return -std::numeric_limits<double>::infinity();
  if (quantile > 1) return std::numeric_limits<double>::infinity();
  const auto less = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; };
  const auto last = static_cast<double>(values.size() - 1);
  const double rank = quantile * last;
  const auto lower = static_cast<size_t>(std::floor(rank));
  const size_t upper = std::min(values.size() - 1, lower + 1);
  const auto border = values.begin() + static_cast<ptrdiff_t>(lower);
  std::nth_element(values.begin(), border, values.end(), less);
  const double weight = rank - std::floor(rank);
  const double low = *border;
  const double high = upper == lower ? low : *std::min_element(border + 1, values.end(), less);
  return low * (1 - weight) + high * weight;
}

double QuantileOfSorted(double quantile, std::span<const double> sorted) {
  if (sorted.empty() || std::isnan(quantile)) return std::nan("");
  if (quantile < 0) return -std::numeric_limits<double>::infinity();
  if (quantile > 1) return std::numeric_limits<double>::infinity();
  const double rank = quantile * static_cast<double>(sorted.size() - 1);
  const auto lower = static_cast<size_t>(std::floor(rank));
  const size_t upper = std::min(sorted.size() - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return sorted[lower] * (1 - weight) + sorted[upper] * weight;
}

double MedianDistance(std::span<const double> values) {
  if (std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); }))
    return std::nan("");
  std::vector<double> distances(values.begin(), values.end());
  const double median = Quantile(0.5, distances);
  for (double& value : distances) value = std::abs(value - median);
  return Quantile(0.5, distances);
}

bool QuantileOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  const double quantile = call.scalars[0];
  if (!(quantile >= 0 && quantile <= 1)) call.annotations->InvalidQuantile(quantile, call.place);
  thread_local std::vector<double> values;
  values.assign(window.values.begin(), window.values.end());
  out.value = Quantile(quantile, values);
  return true;
}

// Median of the distances from the median.
bool MadOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  out.value = MedianDistance(window.values);
  return true;
}

bool StdvarOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  out.value = VarianceOf(window.values);
  return true;
}

bool StddevOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  out.value = std::sqrt(VarianceOf(window.values));
  return true;
}

bool Deriv(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasTwoFloats(window, call)) return false;
  out.value = LineThrough(window.times_ms, window.values, window.times_ms.front()).slope;
  return true;
}

bool PredictLinear(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasTwoFloats(window, call)) return false;
  const Line line = LineThrough(window.times_ms, window.values, window.step_ms);
  out.value = line.slope * call.scalars[0] + line.intercept;
  return true;
}

// Holt's method of double exponential smoothing: level and trend, each with a factor.
bool DoubleExponentialSmoothing(const RangeWindow& window, const RangeCall& call, Value& out) {
  const double level_factor = call.scalars[0];
  const double trend_factor = call.scalars[1];
  const auto check = [&](double factor, std::string_view name) {
    if (factor > 0 && factor < 1) return true;
    *call.failure =
        InvalidArgument(fmt::format("invalid {} factor. Expected: 0 < {} < 1, got: {:f}", name,
                                    name[0] == 's' ? "sf" : "tf", factor));
    return false;
  };
  if (!check(level_factor, "smoothing") || !check(trend_factor, "trend")) return false;
  if (!HasTwoFloats(window, call)) return false;
  double before = 0;
  double level = window.values[0];
  double trend = window.values[1] - window.values[0];
  for (size_t i = 1; i < window.values.size(); ++i) {
    if (i > 1) trend = trend_factor * (level - before) + (1 - trend_factor) * trend;
    before = level;
    level = level_factor * window.values[i] + (1 - level_factor) * (level + trend);
  }
  out.value = level;
  return true;
}

bool Resets(const RangeWindow& window, const RangeCall& call, Value& out) {
  return CountPairs(window, call, IsReset, out);
}

bool Changes(const RangeWindow& window, const RangeCall& call, Value& out) {
  return CountPairs(window, call, IsChange, out);
}

}  // namespace narthex::promql
