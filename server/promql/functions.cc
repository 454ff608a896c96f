#include "server/promql/functions.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "server/promql/kahan.h"

namespace narthex::promql {
namespace {

using Scalars = std::span<const double>;

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000.0; }

// The change over the range, extended to its borders where the samples come close to them: by the
// mean distance of samples, and for a counter not beyond where it would have been zero.
std::optional<double> Extrapolated(const RangeWindow& window, bool counter, bool per_second) {
  if (window.size() < 2) return std::nullopt;
  const double first = window.values.front();
  double change = window.values.back() - first;
  for (size_t i = 1; counter && i < window.size(); ++i) {
    // A fall is a reset: what was counted before it counts too.
    if (window.values[i] < window.values[i - 1]) change += window.values[i - 1];
  }
  const double sampled_s = Seconds(window.timestamps_ms.back() - window.timestamps_ms.front());
  const double mean_distance_s = sampled_s / static_cast<double>(window.size() - 1);
  const double near_s = mean_distance_s * 1.1;
  double to_start_s = Seconds(window.timestamps_ms.front() - window.start_ms);
  double to_end_s = Seconds(window.end_ms - window.timestamps_ms.back());
  if (to_start_s >= near_s) to_start_s = mean_distance_s / 2;
  if (counter && change > 0 && first >= 0)
    to_start_s = std::min(to_start_s, sampled_s * (first / change));
  if (to_end_s >= near_s) to_end_s = mean_distance_s / 2;
  double factor = (sampled_s + to_start_s + to_end_s) / sampled_s;
  if (per_second) factor /= Seconds(window.end_ms - window.start_ms);
  return change * factor;
}

std::optional<double> Rate(const RangeWindow& window, Scalars) {
  return Extrapolated(window, true, true);
}
std::optional<double> Increase(const RangeWindow& window, Scalars) {
  return Extrapolated(window, true, false);
}
std::optional<double> Delta(const RangeWindow& window, Scalars) {
  return Extrapolated(window, false, false);
}

// Per-second change between the last two points. A fall is a counter reset: the new value is the
// whole increase.
std::optional<double> IRate(const RangeWindow& window, Scalars) {
  if (window.size() < 2) return std::nullopt;
  const size_t last = window.size() - 1;
  const double elapsed_s = Seconds(window.timestamps_ms[last] - window.timestamps_ms[last - 1]);
  if (elapsed_s == 0) return std::nullopt;
  const double before = window.values[last - 1];
  const double now = window.values[last];
  return (now < before ? now : now - before) / elapsed_s;
}

std::optional<double> AvgOverTime(const RangeWindow& window, Scalars) {
  KahanMean mean;
  for (double value : window.values) mean.Add(value);
  return mean.Result();
}

std::optional<double> SumOverTime(const RangeWindow& window, Scalars) {
  KahanSum sum;
  for (double value : window.values) sum.Add(value);
  return sum.Result();
}

std::optional<double> CountOverTime(const RangeWindow& window, Scalars) {
  return static_cast<double>(window.size());
}
std::optional<double> LastOverTime(const RangeWindow& window, Scalars) {
  return window.values.back();
}
std::optional<double> PresentOverTime(const RangeWindow&, Scalars) { return 1.0; }

// NaN only where there is nothing else.
std::optional<double> MinOverTime(const RangeWindow& window, Scalars) {
  double least = window.values.front();
  for (double value : window.values) least = value < least || std::isnan(least) ? value : least;
  return least;
}

std::optional<double> MaxOverTime(const RangeWindow& window, Scalars) {
  double most = window.values.front();
  for (double value : window.values) most = value > most || std::isnan(most) ? value : most;
  return most;
}

// Welford's running variance, compensated.
double Variance(const RangeWindow& window) {
  double count = 0;
  KahanSum mean;
  KahanSum squares;
  for (double value : window.values) {
    ++count;
    const double delta = value - mean.Result();
    mean.Add(delta / count);
    squares.Add(delta * (value - mean.Result()));
  }
  return squares.Result() / count;
}

std::optional<double> StdvarOverTime(const RangeWindow& window, Scalars) {
  return Variance(window);
}
std::optional<double> StddevOverTime(const RangeWindow& window, Scalars) {
  return std::sqrt(Variance(window));
}

// Linear between the two nearest ranks; below 0 and above 1 infinite.
std::optional<double> QuantileOverTime(const RangeWindow& window, Scalars scalars) {
  const double quantile = scalars[0];
  if (std::isnan(quantile)) return std::numeric_limits<double>::quiet_NaN();
  if (quantile < 0) return -std::numeric_limits<double>::infinity();
  if (quantile > 1) return std::numeric_limits<double>::infinity();
  std::vector<double> sorted(window.values.begin(), window.values.end());
  std::sort(sorted.begin(), sorted.end(),
            [](double a, double b) { return (std::isnan(a) && !std::isnan(b)) || a < b; });
  const double rank = quantile * static_cast<double>(sorted.size() - 1);
  const auto lower = static_cast<size_t>(std::floor(rank));
  const size_t upper = std::min(lower + 1, sorted.size() - 1);
  const double weight = rank - std::floor(rank);
  return sorted[lower] * (1 - weight) + sorted[upper] * weight;
}

constexpr auto S = ValueType::kScalar;
constexpr auto V = ValueType::kVector;
constexpr auto M = ValueType::kMatrix;

}  // namespace

const std::vector<FunctionRow>& Functions() {
  // clang-format off
  static const std::vector<FunctionRow> kTable = {
      // name                arguments returns kernel      keeps name  help
      {"avg_over_time",      {M},    V, AvgOverTime,      false, "Mean of the samples in the range."},
      {"count_over_time",    {M},    V, CountOverTime,    false, "Number of samples in the range."},
      {"delta",              {M},    V, Delta,            false, "Change of a gauge over the range, extended to its borders."},
      {"increase",           {M},    V, Increase,         false, "Growth of a counter over the range, extended to its borders."},
      {"irate",              {M},    V, IRate,            false, "Per-second rate from the last two samples of a counter."},
      {"last_over_time",     {M},    V, LastOverTime,     true,  "Newest sample in the range."},
      {"max_over_time",      {M},    V, MaxOverTime,      false, "Largest sample in the range."},
      {"min_over_time",      {M},    V, MinOverTime,      false, "Smallest sample in the range."},
      {"present_over_time",  {M},    V, PresentOverTime,  false, "1 where the range has a sample."},
      {"quantile_over_time", {S, M}, V, QuantileOverTime, false, "Quantile (0 to 1) of the samples in the range."},
      {"rate",               {M},    V, Rate,             false, "Per-second growth of a counter over the range."},
      {"stddev_over_time",   {M},    V, StddevOverTime,   false, "Standard deviation of the samples in the range."},
      {"stdvar_over_time",   {M},    V, StdvarOverTime,   false, "Variance of the samples in the range."},
      {"sum_over_time",      {M},    V, SumOverTime,      false, "Sum of the samples in the range."},
      {"time",               {},     S, nullptr,          false, "Unix time of the step, in seconds."},
  };
  // clang-format on
  return kTable;
}

const FunctionRow* FindFunction(std::string_view name) {
  const auto& table = Functions();
  const auto found = std::lower_bound(
      table.begin(), table.end(), name,
      [](const FunctionRow& row, std::string_view wanted) { return row.name < wanted; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

}  // namespace narthex::promql
