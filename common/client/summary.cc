#include "common/client/summary.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

constexpr double kLeast = 1e-6;  // the end of the first range
constexpr double kGrowth = 1.05;
constexpr size_t kRanges = 750;  // up to 7e9: two centuries in seconds, gigabytes in bytes

size_t RangeOf(double value) {
  if (!(value > kLeast)) return 0;
  const double range = std::ceil(std::log(value / kLeast) / std::log(kGrowth));
  return range < static_cast<double>(kRanges - 1) ? static_cast<size_t>(range) : kRanges - 1;
}

// Amid the range, as far off its ends in proportion.
double ValueOf(size_t range) {
  if (range == 0) return 0;
  return kLeast * std::pow(kGrowth, static_cast<double>(range) - 0.5);
}

}  // namespace

Summary::Summary(std::vector<double> quantiles, Seconds now)
    : quantiles_(std::move(quantiles)), now_(std::move(now)) {}

int64_t Summary::SteadySeconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

void Summary::Observe(double value) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++count_;
  sum_ += value;
  if (quantiles_.empty()) return;
  const int64_t number = now_() / kPeriodS;
  Period& period = periods_[static_cast<size_t>(number) % kPeriods];
  if (period.number != number) {
    period.number = number;
    period.counts.assign(kRanges, 0);
  }
  ++period.counts[RangeOf(value)];
}

double Summary::Quantile(double quantile, const std::vector<uint64_t>& counts,
                         uint64_t total) const {
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto wanted = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total)));
  uint64_t seen = 0;
  size_t range = 0;
  while ((seen += counts[range]) < wanted) ++range;
  return ValueOf(range);
}

void Summary::WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!quantiles_.empty()) {
    const int64_t number = now_() / kPeriodS;
    std::vector<uint64_t> counts(kRanges);
    uint64_t total = 0;
    for (const Period& period : periods_) {
      if (period.number < 0 || period.number <= number - static_cast<int64_t>(kPeriods)) continue;
      for (size_t range = 0; range < kRanges; ++range) counts[range] += period.counts[range];
    }
    for (const uint64_t count : counts) total += count;
    std::vector<Label> with_quantile = labels;
    with_quantile.push_back({"quantile", ""});
    for (const double quantile : quantiles_) {
      const std::string text = ExpositionDouble(quantile);
      with_quantile.back().value = text;
      family.Sample("", with_quantile.data(), with_quantile.size(),
                    Quantile(quantile, counts, total));
    }
  }
  family.Sample("_sum", labels.data(), labels.size(), sum_);
  family.Sample("_count", labels.data(), labels.size(), static_cast<double>(count_));
}

}  // namespace narthex
