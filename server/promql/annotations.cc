#include "server/promql/annotations.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "common/status/status.h"
#include "server/promql/go_format.h"
#include "server/promql/lexer.h"

namespace narthex::promql {
namespace {

constexpr std::string_view kStartTimesOverlap =
    "sample has start time that overlaps with previous sample timestamp for metric ";

std::string Iso8601(int64_t time_ms) {
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc);
}

}  // namespace

std::string ForMetric(std::string_view metric) {
  return metric.empty() ? std::string() : " for metric name " + Quote(metric);
}

Annotations::Entry& Annotations::Add(bool warning, std::string_view text, size_t offset) {
  const std::lock_guard lock(mutex_);
  auto at = entries_.find(text);
  if (at == entries_.end()) {
    at = entries_.emplace(text, Entry{warning, offset}).first;
  } else {
    at->second.offset = std::max(at->second.offset, offset);
    ++at->second.occurrences;
  }
  return at->second;
}

void Annotations::MixedFloatsAndHistograms(std::string_view metric, size_t offset) {
  Warn("encountered a mix of histograms and floats for metric name " + Quote(metric), offset);
}

void Annotations::MixedBucketLayouts(std::string_view metric, size_t offset) {
  Warn(
      "vector contains a mix of histograms with exponential and custom buckets schemas for metric "
      "name " +
          Quote(metric),
      offset);
}

void Annotations::NotACounter(std::string_view metric, size_t offset) {
  Warn("this native histogram metric is not a counter: " + Quote(metric), offset);
}

void Annotations::NotAGauge(std::string_view metric, size_t offset) {
  Warn("this native histogram metric is not a gauge: " + Quote(metric), offset);
}

void Annotations::IgnoredInRange(std::string_view metric, size_t offset) {
  Info("ignored histograms in a range containing both floats and histograms for metric name " +
           Quote(metric),
       offset);
}

void Annotations::IgnoredInAggregation(std::string_view aggregation, size_t offset) {
  Info(fmt::format("ignored histogram in {} aggregation", aggregation), offset);
}

void Annotations::InvalidQuantile(double quantile, size_t offset) {
  Warn("quantile value should be between 0 and 1, got " + GoG(quantile), offset);
}

void Annotations::HintsClash(std::string_view operation, size_t offset) {
  Warn(fmt::format("conflicting counter resets during histogram {}", operation), offset);
}

void Annotations::BoundsReconciled(std::string_view operation, size_t offset) {
  Info(fmt::format("mismatched custom buckets were reconciled during {}", operation), offset);
}

void Annotations::StartTimesOverlap(std::string_view metric, size_t offset) {
  Warn(std::string(kStartTimesOverlap) + Quote(metric), offset);
}

void Annotations::ForcedMonotonicity(std::string_view metric, size_t offset, int64_t time_ms,
                                     const Monotonicity& monotonicity) {
  const std::string text =
      "input to histogram_quantile needed to be fixed for monotonicity (see "
      "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
      ForMetric(metric);
  Entry& entry = Add(false, text, offset);
  const std::lock_guard lock(mutex_);
  Monotonicity& all = entry.monotonicity;
  if (!entry.forced) {
    entry.forced = true;
    entry.first_ms = entry.last_ms = time_ms;
    all = monotonicity;
    return;
  }
  entry.first_ms = std::min(entry.first_ms, time_ms);
  entry.last_ms = std::max(entry.last_ms, time_ms);
  all.least_bound = std::min(all.least_bound, monotonicity.least_bound);
  all.greatest_bound = std::max(all.greatest_bound, monotonicity.greatest_bound);
  all.greatest_difference = std::max(all.greatest_difference, monotonicity.greatest_difference);
}

std::vector<std::string> Annotations::Texts(bool warnings, std::string_view query) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> texts;
  for (const auto& [text, entry] : entries_) {
    if (entry.warning != warnings) continue;
    std::string out = (warnings ? "PromQL warning: " : "PromQL info: ") + text;
    if (entry.forced) {
      out += fmt::format(
          ", from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
          GoG(entry.monotonicity.least_bound), GoG(entry.monotonicity.greatest_bound),
          GoG2(entry.monotonicity.greatest_difference), entry.occurrences, Iso8601(entry.first_ms),
          Iso8601(entry.last_ms));
    } else if (entry.occurrences > 1 && text.rfind(kStartTimesOverlap, 0) == 0) {
      out += fmt::format(" ({} occurrences)", entry.occurrences);
    }
    texts.push_back(fmt::format("{} ({})", out, LineAndColumn(query, entry.offset)));
  }
  return texts;
}

}  // namespace narthex::promql
