#include "pushgateway/family_json.h"

#include <cmath>
#include <limits>
#include <utility>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::HistogramPoint;
using openmetrics::Metric;
using openmetrics::NativeBuckets;
using openmetrics::NativeHistogram;
using openmetrics::SummaryPoint;
using openmetrics::Type;

std::string_view JsonType(Type type) {
  switch (type) {
    case Type::kCounter:
      return "COUNTER";
    case Type::kHistogram:
      return "HISTOGRAM";
    case Type::kGaugeHistogram:
      return "GAUGE_HISTOGRAM";
    case Type::kSummary:
      return "SUMMARY";
    case Type::kUnknown:
      return "UNTYPED";
    case Type::kGauge:
    case Type::kInfo:
    case Type::kStateSet:
      break;
  }
  return "GAUGE";
}

void AppendNumber(std::string& out, double value) {
  out += '"';
  AppendExpositionDouble(out, value);
  out += '"';
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A count of observations, which is printed whole where it is.
void AppendCount(std::string& out, double count) {
  constexpr double kExact = 1ULL << 53;
  if (count < 0 || count > kExact || count != std::floor(count)) return AppendNumber(out, count);
  out += '"';
  AppendUnsigned(out, static_cast<uint64_t>(count));
  out += '"';
}

// ,"NAME":"1"
void AppendField(std::string& out, std::string_view name, double value) {
  out += ",\"";
  out += name;
  out += "\":";
  AppendNumber(out, value);
}

void AppendClassicBuckets(std::string& out, const HistogramPoint& histogram) {
  out += ",\"buckets\":{";
  bool first = true;
  for (const openmetrics::Bucket& bucket : histogram.buckets) {
    if (!std::exchange(first, false)) out += ',';
    AppendNumber(out, bucket.upper_bound);
    out += ':';
    AppendCount(out, bucket.cumulative_count);
  }
  out += '}';
}

// Which of a bucket's bounds belong to it, as the reference's API numbers them.
enum class Bounds { kOpenLeft = 0, kOpenRight = 1, kClosed = 3 };

struct NativeBucket {
  Bounds bounds;
  double lower;
  double upper;
  double count;
};

// The upper bound of positive bucket `index`.
double UpperBound(const NativeHistogram& native, int32_t index) {
  if (native.schema != NativeHistogram::kCustomBuckets)
    return std::exp2(std::ldexp(static_cast<double>(index), -native.schema));
  if (index < 0) return -kInfinity;
  const auto at = static_cast<size_t>(index);
  if (at >= native.custom_bounds.size()) return kInfinity;
  return native.custom_bounds[at];
}

// Buckets of one side that are not empty, from zero outwards.
std::vector<NativeBucket> Side(const NativeHistogram& native, const NativeBuckets& side) {
  std::vector<NativeBucket> buckets;
  int32_t index = 0;
  size_t at = 0;
  for (const openmetrics::BucketSpan& span : side.spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length && at < side.counts.size(); ++i, ++index, ++at) {
      if (side.counts[at] == 0) continue;
      buckets.push_back({Bounds::kOpenLeft, UpperBound(native, index - 1),
                         UpperBound(native, index), side.counts[at]});
    }
  }
  return buckets;
}

// [[bounds,"lower","upper","count"],…], ascending.
void AppendNativeBuckets(std::string& out, const NativeHistogram& native) {
  std::vector<NativeBucket> buckets;
  const auto negative = Side(native, native.negative);
  for (auto bucket = negative.rbegin(); bucket != negative.rend(); ++bucket)
    buckets.push_back({Bounds::kOpenRight, -bucket->upper, -bucket->lower, bucket->count});
  if (native.zero_count != 0) {
    buckets.push_back(
        {Bounds::kClosed, -native.zero_threshold, native.zero_threshold, native.zero_count});
  }
  for (const NativeBucket& bucket : Side(native, native.positive)) buckets.push_back(bucket);
  out += ",\"buckets\":[";
  for (size_t i = 0; i < buckets.size(); ++i) {
    out += i == 0 ? "[" : ",[";
    AppendInteger(out, static_cast<int>(buckets[i].bounds));
    for (const double bound : {buckets[i].lower, buckets[i].upper}) {
      out += ',';
      AppendNumber(out, bound);
    }
    out += ',';
    AppendCount(out, buckets[i].count);
    out += ']';
  }
  out += ']';
}

void AppendPoint(std::string& out, const HistogramPoint& histogram) {
  AppendField(out, "sum", histogram.sum.value_or(0));
  out += ",\"count\":";
  AppendCount(out, histogram.count.value_or(0));
  if (histogram.native) {
    AppendNativeBuckets(out, *histogram.native);
  } else {
    AppendClassicBuckets(out, histogram);
  }
}

void AppendPoint(std::string& out, const SummaryPoint& summary) {
  AppendField(out, "sum", summary.sum.value_or(0));
  out += ",\"count\":";
  AppendCount(out, summary.count.value_or(0));
  out += ",\"quantiles\":{";
  bool first = true;
  for (const openmetrics::Quantile& quantile : summary.quantiles) {
    if (!std::exchange(first, false)) out += ',';
    AppendNumber(out, quantile.quantile);
    out += ':';
    AppendNumber(out, quantile.value);
  }
  out += '}';
}

void AppendMetric(std::string& out, const Metric& metric) {
  out += "{\"labels\":";
  AppendJsonLabelPairs(out, metric.labels);
  if (const auto* histogram = std::get_if<HistogramPoint>(&metric.point)) {
    AppendPoint(out, *histogram);
  } else if (const auto* summary = std::get_if<SummaryPoint>(&metric.point)) {
    AppendPoint(out, *summary);
  } else if (const auto* counter = std::get_if<openmetrics::CounterPoint>(&metric.point)) {
    AppendField(out, "value", counter->value);
  } else {
    AppendField(out, "value", std::get<double>(metric.point));
  }
  out += '}';
}

}  // namespace

void AppendJsonFamily(std::string& out, const openmetrics::MetricFamily& family, int64_t time_ms) {
  out += "{\"time_stamp\":";
  AppendJsonString(out, Rfc3339(time_ms));
  out += ",\"type\":";
  AppendJsonString(out, JsonType(family.type));
  if (!family.help.empty()) {
    out += ",\"help\":";
    AppendJsonString(out, family.help);
  }
  out += ",\"metrics\":[";
  for (size_t i = 0; i < family.metrics.size(); ++i) {
    if (i > 0) out += ',';
    AppendMetric(out, family.metrics[i]);
  }
  out += "]}";
}

void AppendJsonLabelPairs(std::string& out, const std::vector<openmetrics::LabelPair>& labels) {
  out += '{';
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, labels[i].name);
    out += ':';
    AppendJsonString(out, labels[i].value);
  }
  out += '}';
}

}  // namespace narthex::pushgateway
