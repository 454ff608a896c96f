#include "common/openmetrics/openmetrics_point.h"

#include <cmath>
#include <limits>

namespace narthex::openmetrics {
namespace {

bool IsHistogram(Type type) { return type == Type::kHistogram || type == Type::kGaugeHistogram; }

bool IsWhole(double value) { return std::isfinite(value) && value == std::trunc(value); }

Status WantCount(std::string_view what, double value) {
  if (value >= 0 && IsWhole(value)) return {};
  return Corruption(what, " wants a whole number, not negative");
}

// Sets what may be there once.
template <typename T>
Status SetOnce(std::optional<T>& target, T value, std::string_view what) {
  if (target) return Corruption(what, " twice");
  target = value;
  return {};
}

Status SetCreated(std::optional<int64_t>& created_ms, double seconds) {
  if (!std::isfinite(seconds)) return Corruption("_created wants a time");
  return SetOnce(created_ms, WholeMs(std::round(seconds * 1000)), "_created");
}

}  // namespace

const std::vector<std::string_view>& SampleSuffixes(Type type) {
  static const std::vector<std::string_view> kNoSuffix = {""};
  static const std::vector<std::string_view> kCounter = {"_total", "_created"};
  static const std::vector<std::string_view> kSummary = {"", "_count", "_sum", "_created"};
  static const std::vector<std::string_view> kHistogram = {"_bucket", "_count", "_sum", "_created"};
  static const std::vector<std::string_view> kGaugeHistogram = {"_bucket", "_gcount", "_gsum"};
  static const std::vector<std::string_view> kInfo = {"_info"};
  switch (type) {
    case Type::kCounter:
      return kCounter;
    case Type::kSummary:
      return kSummary;
    case Type::kHistogram:
      return kHistogram;
    case Type::kGaugeHistogram:
      return kGaugeHistogram;
    case Type::kInfo:
      return kInfo;
    default:
      return kNoSuffix;
  }
}

std::string_view PointLabel(Type type, std::string_view suffix, std::string_view family) {
  if (IsHistogram(type) && suffix == "_bucket") return "le";
  if (type == Type::kSummary && suffix.empty()) return "quantile";
  return type == Type::kStateSet ? family : std::string_view();
}

PointBuilder::PointBuilder(Type type) : type_(type) {
  if (type == Type::kCounter) point_ = CounterPoint();
  if (type == Type::kSummary) point_ = SummaryPoint();
  if (IsHistogram(type)) point_ = HistogramPoint();
  if (type == Type::kStateSet) point_ = StateSetPoint();
}

Status PointBuilder::Add(std::string_view suffix, std::string_view point_label,
                         OpenMetricsLine& line) {
  const bool exemplar_allowed =
      suffix == "_total" ? type_ == Type::kCounter : suffix == "_bucket" && IsHistogram(type_);
  if (line.exemplar && !exemplar_allowed) {
    return Corruption("only a counter's total and a bucket may have an exemplar");
  }
  switch (type_) {
    case Type::kCounter:
      return AddCounter(suffix, line);
    case Type::kSummary:
      return AddSummary(suffix, point_label, line.value);
    case Type::kHistogram:
    case Type::kGaugeHistogram:
      return AddHistogram(suffix, point_label, line);
    case Type::kStateSet:
      return AddState(point_label, line.value);
    default:
      return AddValue(line.value);
  }
}

Status PointBuilder::AddValue(double value) {
  if (has_value_) return Corruption("metric given twice");
  if (type_ == Type::kInfo && value != 1) return Corruption("the value of an info is 1");
  has_value_ = true;
  point_ = value;
  return {};
}

Status PointBuilder::AddCounter(std::string_view suffix, OpenMetricsLine& line) {
  auto& counter = std::get<CounterPoint>(point_);
  if (suffix == "_created") return SetCreated(counter.created_ms, line.value);
  if (has_value_) return Corruption("metric given twice");
  if (!(line.value >= 0)) return Corruption("a counter is a number, not negative");
  has_value_ = true;
  counter.value = line.value;
  counter.exemplar = std::move(line.exemplar);
  return {};
}

Status PointBuilder::AddSummary(std::string_view suffix, std::string_view quantile, double value) {
  auto& summary = std::get<SummaryPoint>(point_);
  if (suffix == "_created") return SetCreated(summary.created_ms, value);
  if (suffix == "_count") {
    RETURN_IF_ERROR(WantCount("_count", value));
    return SetOnce(summary.count, value, "_count");
  }
  if (suffix == "_sum") {
    if (!(value >= 0)) return Corruption("_sum is a number, not negative");
    return SetOnce(summary.sum, value, "_sum");
  }
  const auto at = ParseSampleValue(quantile);
  if (!at || !(*at >= 0 && *at <= 1)) {
    return Corruption("want a quantile from 0 to 1, got ", Quote(quantile));
  }
  if (value < 0) return Corruption("negative value of a quantile");
  if (!quantiles_.insert(*at).second) return Corruption("quantile ", quantile, " twice");
  summary.quantiles.push_back({*at, value});
  return {};
}

Status PointBuilder::AddHistogram(std::string_view suffix, std::string_view le,
                                  OpenMetricsLine& line) {
  auto& histogram = std::get<HistogramPoint>(point_);
  if (suffix == "_bucket") return AddBucket(le, line);
  if (suffix == "_created") return SetCreated(histogram.created_ms, line.value);
  if (suffix == "_count" || suffix == "_gcount") {
    RETURN_IF_ERROR(WantCount(suffix, line.value));
    return SetOnce(histogram.count, line.value, suffix);
  }
  if (std::isnan(line.value)) return Corruption(suffix, " is not a number");
  return SetOnce(histogram.sum, line.value, suffix);
}

Status PointBuilder::AddBucket(std::string_view le, OpenMetricsLine& line) {
  auto& buckets = std::get<HistogramPoint>(point_).buckets;
  const auto bound = ParseSampleValue(le);
  if (!bound || std::isnan(*bound)) return Corruption("want a number as le, got ", Quote(le));
  if (std::isinf(*bound) && *bound > 0 && le != "+Inf") {
    return Corruption("infinity as le is spelled +Inf, got ", Quote(le));
  }
  RETURN_IF_ERROR(WantCount("a bucket", line.value));
  if (!buckets.empty() && !(*bound > buckets.back().upper_bound)) {
    return Corruption("buckets are not in increasing order of le");
  }
  if (!buckets.empty() && line.value < buckets.back().cumulative_count) {
    return Corruption("a bucket counts less than the one below it");
  }
  if (line.exemplar && !(line.exemplar->value <= *bound)) {
    return Corruption("the exemplar's value is not within its bucket");
  }
  buckets.push_back({*bound, line.value, std::move(line.exemplar)});
  return {};
}

Status PointBuilder::AddState(std::string_view state, double value) {
  if (value != 0 && value != 1) return Corruption("the value of a state is 0 or 1");
  if (!states_.emplace(state).second) return Corruption("state ", Quote(state), " twice");
  std::get<StateSetPoint>(point_).states.push_back({std::string(state), value == 1});
  return {};
}

Status PointBuilder::FinishHistogram(const HistogramPoint& histogram) const {
  const bool gauge = type_ == Type::kGaugeHistogram;
  const std::string_view sum_suffix = gauge ? "_gsum" : "_sum";
  const std::string_view count_suffix = gauge ? "_gcount" : "_count";
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (histogram.buckets.empty() || histogram.buckets.back().upper_bound != kInfinity) {
    return Corruption("histogram without a +Inf bucket");
  }
  if (histogram.sum.has_value() != histogram.count.has_value()) {
    return Corruption(sum_suffix, " and ", count_suffix, " go together");
  }
  if (histogram.count && *histogram.count != histogram.buckets.back().cumulative_count) {
    return Corruption(count_suffix, " differs from the +Inf bucket");
  }
  const bool negative_bound = histogram.buckets.front().upper_bound < 0;
  if (!gauge && negative_bound && histogram.sum) {
    return Corruption("a histogram with a negative bucket has no _sum");
  }
  if (histogram.sum && *histogram.sum < 0 && !(gauge && negative_bound)) {
    return Corruption(sum_suffix, " is negative");
  }
  return {};
}

Result<Point> PointBuilder::Finish() {
  if (const auto* histogram = std::get_if<HistogramPoint>(&point_)) {
    RETURN_IF_ERROR(FinishHistogram(*histogram));
  }
  if (type_ == Type::kCounter && !has_value_) return Corruption("counter without its _total");
  return std::move(point_);
}

}  // namespace narthex::openmetrics
