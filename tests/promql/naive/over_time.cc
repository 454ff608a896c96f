#include "tests/promql/naive/over_time.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/promql/naive/hist.h"
#include "tests/promql/naive/rate.h"

namespace narthex::naive {
namespace {

using Real = long double;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Sample Number(double value, bool exact = false) { return {0, value, nullptr, exact}; }
double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

std::vector<Sample> Floats(const Window& window) {
  std::vector<Sample> floats;
  for (const Sample& sample : window.samples) {
    if (!sample.hist) floats.push_back(sample);
  }
  return floats;
}

std::vector<double> Values(const std::vector<Sample>& samples) {
  std::vector<double> values;
  values.reserve(samples.size());
  for (const Sample& sample : samples) values.push_back(sample.value);
  return values;
}

bool AllExact(const std::vector<Sample>& samples) {
  return std::all_of(samples.begin(), samples.end(), [](const Sample& s) { return s.exact; });
}

// The sum, or the mean, of floats alone or of histograms alone.
std::optional<Sample> Sum(const Window& window, bool mean) {
  const std::vector<Sample> floats = Floats(window);
  const auto size = static_cast<double>(window.samples.size());
  if (floats.size() == window.samples.size()) {
    Real sum = 0;
    for (const Sample& sample : floats) sum += sample.value;
    return Number(static_cast<double>(mean ? sum / size : sum), !mean && AllExact(floats));
  }
  if (!floats.empty()) return std::nullopt;
  Hist sum = *window.samples[0].hist;
  for (size_t i = 1; i < window.samples.size(); ++i) {
    const auto next = Combine(sum, *window.samples[i].hist, 1);
    if (!next) return std::nullopt;
    sum = *next;
  }
  Sample out = Number(0);
  out.hist = std::make_shared<Hist>(mean ? Scale(sum, 1 / size) : sum);
  return out;
}

// The index of the sample that is least (sign 1) or greatest (sign -1); the last of equal ones.
size_t Extreme(const std::vector<Sample>& floats, double sign) {
  size_t best = 0;
  for (size_t i = 1; i < floats.size(); ++i) {
    const double now = sign * floats[i].value;
    const double then = sign * floats[best].value;
    if (now <= then || std::isnan(then)) best = i;
  }
  return best;
}

double Variance(const std::vector<double>& values) {
  Real sum = 0;
  for (const double value : values) sum += value;
  const Real mean = sum / static_cast<Real>(values.size());
  Real squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return static_cast<double>(squares / static_cast<Real>(values.size()));
}

double MedianDistance(std::vector<double> values) {
  if (std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }))
    return std::nan("");
  const double median = Quantile(0.5, values);
  for (double& value : values) value = std::abs(value - median);
  return Quantile(0.5, values);
}

// Least squares; the value at `at_ms` and the slope a second.
struct Line {
  double value;
  double slope;
};
Line Fit(const std::vector<Sample>& floats, int64_t at_ms) {
  const bool constant = std::all_of(floats.begin(), floats.end(),
                                    [&](const Sample& s) { return s.value == floats[0].value; });
  if (constant && std::isinf(floats[0].value)) return {std::nan(""), std::nan("")};
  if (constant) return {floats[0].value, 0};
  const auto n = static_cast<Real>(floats.size());
  Real mean_x = 0;
  Real mean_y = 0;
  for (const Sample& sample : floats) {
    mean_x += Seconds(sample.at_ms - at_ms) / n;
    mean_y += sample.value / n;
  }
  Real xy = 0;
  Real xx = 0;
  for (const Sample& sample : floats) {
    const Real x = Seconds(sample.at_ms - at_ms) - mean_x;
    xy += x * (sample.value - mean_y);
    xx += x * x;
  }
  return {static_cast<double>(mean_y - xy / xx * mean_x), static_cast<double>(xy / xx)};
}

double Smooth(const std::vector<Sample>& floats, double level_factor, double trend_factor) {
  if (!(level_factor > 0 && level_factor < 1) || !(trend_factor > 0 && trend_factor < 1))
    throw Failure("factors lie between 0 and 1");
  double level = floats[0].value;
  double trend = floats[1].value - floats[0].value;
  for (size_t i = 1; i < floats.size(); ++i) {
    const double next = level_factor * floats[i].value + (1 - level_factor) * (level + trend);
    trend = trend_factor * (next - level) + (1 - trend_factor) * trend;
    level = next;
  }
  return level;
}

// How many neighbours differ, or fall. An anchored range begins at the last sample before it.
std::optional<Sample> CountPairs(const Window& window, bool falls) {
  std::vector<Sample> seen = window.samples;
  if (window.anchored) {
    while (seen.size() > 1 && seen[1].at_ms <= window.begin_ms) seen.erase(seen.begin());
    if (seen.back().at_ms <= window.begin_ms) return std::nullopt;
  }
  double count = 0;
  for (size_t i = 1; i < seen.size(); ++i) {
    const Sample& before = seen[i - 1];
    const Sample& now = seen[i];
    const bool both_hists = before.hist && now.hist;
    if ((before.hist == nullptr) != (now.hist == nullptr)) {
      ++count;
    } else if (both_hists) {
      if (!now.exact || !before.exact) throw Ambiguous("rounded histograms");
      const bool counts = falls ? BeganAnew(*now.hist, *before.hist) || StartTells(before, now)
                                : !SameHist(*now.hist, *before.hist);
      count += counts ? 1 : 0;
    } else {
      CheckComparable(before, now);
      const bool nans = std::isnan(before.value) && std::isnan(now.value);
      const bool counts = falls ? now.value < before.value || StartTells(before, now)
                                : now.value != before.value && !nans;
      count += counts ? 1 : 0;
    }
  }
  return Number(count, true);
}

// Functions of floats alone; histograms are left out.
std::optional<Sample> OfFloats(std::string_view name, const Window& window,
                               const std::vector<double>& scalars) {
  const std::vector<Sample> floats = Floats(window);
  if (floats.empty()) return std::nullopt;
  const std::vector<double> values = Values(floats);
  const bool exact = AllExact(floats);
  if (name == "min_over_time") return Number(floats[Extreme(floats, 1)].value, exact);
  if (name == "max_over_time") return Number(floats[Extreme(floats, -1)].value, exact);
  if (name == "ts_of_min_over_time" || name == "ts_of_max_over_time") {
    if (!exact) throw Ambiguous("an extreme of rounded numbers");
    return Number(Seconds(floats[Extreme(floats, name == "ts_of_min_over_time" ? 1 : -1)].at_ms),
                  true);
  }
  if (name == "quantile_over_time") return Number(Quantile(scalars[0], values));
  if (name == "stdvar_over_time") return Number(Variance(values));
  if (name == "stddev_over_time") return Number(std::sqrt(Variance(values)));
  if (name == "mad_over_time") return Number(MedianDistance(values));
  if (floats.size() < 2) return std::nullopt;
  if (name == "double_exponential_smoothing") return Number(Smooth(floats, scalars[0], scalars[1]));
  if (name == "deriv") return Number(Fit(floats, floats[0].at_ms).slope);
  const Line line = Fit(floats, window.now_ms);  // predict_linear
  return Number(line.value + line.slope * scalars[0]);
}

constexpr std::string_view kNames[] = {"rate",
                                       "increase",
                                       "delta",
                                       "irate",
                                       "idelta",
                                       "changes",
                                       "resets",
                                       "sum_over_time",
                                       "avg_over_time",
                                       "count_over_time",
                                       "present_over_time",
                                       "first_over_time",
                                       "last_over_time",
                                       "min_over_time",
                                       "max_over_time",
                                       "ts_of_first_over_time",
                                       "ts_of_last_over_time",
                                       "ts_of_min_over_time",
                                       "ts_of_max_over_time",
                                       "quantile_over_time",
                                       "stddev_over_time",
                                       "stdvar_over_time",
                                       "mad_over_time",
                                       "deriv",
                                       "predict_linear",
                                       "double_exponential_smoothing"};

}  // namespace

bool IsRangeFunction(std::string_view name) {
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool KeepsName(std::string_view name) {
  return name == "first_over_time" || name == "last_over_time";
}

std::optional<Sample> OverTime(std::string_view name, const Window& window,
                               const std::vector<double>& scalars) {
  if (name == "double_exponential_smoothing" &&
      (!(scalars[0] > 0 && scalars[0] < 1) || !(scalars[1] > 0 && scalars[1] < 1)) &&
      !window.samples.empty())
    throw Failure("factors lie between 0 and 1");
  if (window.samples.empty()) return std::nullopt;
  if (name == "rate" || name == "increase" || name == "delta") {
    const RateKind kind{name != "delta", name == "rate"};
    return window.anchored || window.smoothed ? BorderRate(window, kind)
                                              : ExtrapolatedRate(window, kind);
  }
  if (name == "irate" || name == "idelta") return LastTwo(window, name == "irate");
  if (name == "changes" || name == "resets") return CountPairs(window, name == "resets");
  if (name == "sum_over_time" || name == "avg_over_time")
    return Sum(window, name == "avg_over_time");
  if (name == "count_over_time") return Number(static_cast<double>(window.samples.size()), true);
  if (name == "present_over_time") return Number(1, true);
  if (name == "first_over_time") return window.samples.front();
  if (name == "last_over_time") return window.samples.back();
  if (name == "ts_of_first_over_time") return Number(Seconds(window.samples.front().at_ms), true);
  if (name == "ts_of_last_over_time") return Number(Seconds(window.samples.back().at_ms), true);
  return OfFloats(name, window, scalars);
}

double Quantile(double quantile, std::vector<double> values) {
  if (values.empty() || std::isnan(quantile)) return std::nan("");
  if (quantile < 0) return -kInfinity;
  if (quantile > 1) return kInfinity;
  std::sort(values.begin(), values.end(),
            [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const double rank = quantile * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, values.size() - 1);
  const double weight = rank - std::floor(rank);
  return values[below] * (1 - weight) + values[above] * weight;
}

}  // namespace narthex::naive
