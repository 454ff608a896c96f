#include "server/scrape/expand_family.h"

#include <limits>

#include "common/bytes/numbers.h"
#include "common/openmetrics/sample_line.h"
#include "server/scrape/classic_histogram.h"

namespace narthex::server {
namespace {

using openmetrics::Exemplar;
using openmetrics::HistogramPoint;
using openmetrics::Metric;
using openmetrics::MetricFamily;
using openmetrics::Type;

// As OpenMetrics writes bounds: "1.0".
std::string Bound(double bound) {
  std::string text = ExpositionDouble(bound);
  const bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
  return whole ? text + ".0" : text;
}

storage::Histogram Native(const HistogramPoint& point, Type type) {
  const openmetrics::NativeHistogram& native = *point.native;
  storage::Histogram histogram;
  histogram.schema = native.schema;
  histogram.zero_threshold = native.zero_threshold;
  histogram.zero_count = native.zero_count;
  histogram.positive = native.positive;
  histogram.negative = native.negative;
  histogram.custom_bounds = native.custom_bounds;
  histogram.count = point.count.value_or(0);
  histogram.sum = point.sum.value_or(0);
  histogram.float_counts = point.float_counts;
  if (type == Type::kGaugeHistogram) histogram.hint = storage::CounterResetHint::kGauge;
  return histogram;
}

// One metric after the other, with buffers that are used again.
class Expander {
 public:
  Expander(const MetricFamily& family, const HistogramOptions& options,
           const std::function<Status(const IncomingSample&)>& take)
      : family_(family), options_(options), take_(take) {}

  Status Expand(const Metric& metric) {
    metric_ = &metric;
    start_ms_ = 0;
    if (const auto* value = std::get_if<double>(&metric.point)) return Give("", *value);
    if (const auto* counter = std::get_if<openmetrics::CounterPoint>(&metric.point)) {
      start_ms_ = counter->created_ms.value_or(0);
      if (counter->exemplar) exemplars_ = {&*counter->exemplar};
      return Give("", counter->value);
    }
    if (const auto* summary = std::get_if<openmetrics::SummaryPoint>(&metric.point))
      return ExpandSummary(*summary);
    if (const auto* histogram = std::get_if<HistogramPoint>(&metric.point))
      return ExpandHistogram(*histogram);
    return {};  // a stateset is none of protobuf's types
  }

 private:
  Status ExpandSummary(const openmetrics::SummaryPoint& summary) {
    start_ms_ = summary.created_ms.value_or(0);
    if (summary.count) RETURN_IF_ERROR(Give("_count", *summary.count));
    if (summary.sum) RETURN_IF_ERROR(Give("_sum", *summary.sum));
    for (const openmetrics::Quantile& quantile : summary.quantiles)
      RETURN_IF_ERROR(Give("", quantile.value, "quantile", Bound(quantile.quantile)));
    return {};
  }

  Status ExpandHistogram(const HistogramPoint& point) {
    start_ms_ = point.created_ms.value_or(0);
    const bool native = options_.native && point.native != nullptr;
    if (native) {
      for (const Exemplar& exemplar : point.native->exemplars) exemplars_.push_back(&exemplar);
      RETURN_IF_ERROR(GiveHistogram(Native(point, family_.type)));
    } else if (options_.to_custom_buckets && !point.buckets.empty()) {
      RETURN_IF_ERROR(ConvertClassic(point));
    }
    const bool classic = !native && !options_.to_custom_buckets;
    return classic || options_.always_classic ? ExpandClassic(point) : Status();
  }

  // One that contradicts itself is left out, as the reference does.
  Status ConvertClassic(const HistogramPoint& point) {
    ClassicHistogram classic;
    if (point.count) classic.SetCount(*point.count);
    if (point.sum) classic.SetSum(*point.sum);
    for (const openmetrics::Bucket& bucket : point.buckets) {
      classic.AddBucket(bucket.upper_bound, bucket.cumulative_count);
      if (bucket.exemplar) exemplars_.push_back(&*bucket.exemplar);
    }
    auto converted = classic.Convert();
    if (!converted.ok()) {
      exemplars_.clear();
      return {};
    }
    if (family_.type == Type::kGaugeHistogram) converted->hint = storage::CounterResetHint::kGauge;
    return GiveHistogram(*converted);
  }

  Status ExpandClassic(const HistogramPoint& point) {
    if (point.count) RETURN_IF_ERROR(Give("_count", *point.count));
    if (point.sum) RETURN_IF_ERROR(Give("_sum", *point.sum));
    bool infinite = false;
    for (const openmetrics::Bucket& bucket : point.buckets) {
      infinite |= bucket.upper_bound == std::numeric_limits<double>::infinity();
      if (bucket.exemplar) exemplars_ = {&*bucket.exemplar};
      RETURN_IF_ERROR(Give("_bucket", bucket.cumulative_count, "le", Bound(bucket.upper_bound)));
    }
    const bool has_classic = !point.buckets.empty() || point.native == nullptr;
    if (infinite || !has_classic || !point.count) return {};
    return Give("_bucket", *point.count, "le", "+Inf");
  }

  void SetLabels(std::string_view suffix, std::string_view extra, const std::string& extra_value) {
    name_.assign(family_.name).append(suffix);
    labels_.clear();
    labels_.push_back({kMetricName, name_});
    for (const openmetrics::LabelPair& pair : metric_->labels)
      labels_.push_back({pair.name, pair.value});
    if (!extra.empty()) labels_.push_back({extra, extra_value});
    series_.assign(name_);
    for (const Label& label : labels_) {
      series_.append(label.name).push_back('\0');
      series_.append(label.value).push_back('\0');
    }
  }

  Status Give(std::string_view suffix, double value, std::string_view extra = {},
              const std::string& extra_value = {}) {
    SetLabels(suffix, extra, extra_value);
    return Take({.series = series_, .value = value});
  }

  Status GiveHistogram(const storage::Histogram& histogram) {
    SetLabels("", {}, {});
    return Take({.series = series_, .histogram = &histogram});
  }

  Status Take(IncomingSample sample) {
    sample.timestamp_ms = metric_->timestamp_ms;
    sample.labels = &labels_;
    sample.start_ms = start_ms_;
    sample.exemplars.swap(exemplars_);
    Status status = take_(sample);
    exemplars_.clear();
    return status;
  }

  const MetricFamily& family_;
  const HistogramOptions& options_;
  const std::function<Status(const IncomingSample&)>& take_;
  const Metric* metric_ = nullptr;
  int64_t start_ms_ = 0;  // of the metric
  std::string name_;
  std::string series_;
  std::vector<Label> labels_;
  std::vector<const Exemplar*> exemplars_;  // of the next sample
};

}  // namespace

Status ExpandFamily(const MetricFamily& family, const HistogramOptions& options,
                    const std::function<Status(const IncomingSample&)>& take) {
  Expander expander(family, options, take);
  for (const Metric& metric : family.metrics) RETURN_IF_ERROR(expander.Expand(metric));
  return {};
}

}  // namespace narthex::server
