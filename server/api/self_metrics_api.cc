#include "server/api/self_metrics_api.h"

#include <cmath>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "common/openmetrics/formats.h"
#include "common/regex/regex.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

using openmetrics::Metric;
using openmetrics::MetricFamily;
using openmetrics::Type;

std::string_view TypeText(Type type) {
  switch (type) {
    case Type::kCounter:
      return "COUNTER";
    case Type::kGauge:
      return "GAUGE";
    case Type::kHistogram:
      return "HISTOGRAM";
    case Type::kSummary:
      return "SUMMARY";
    default:
      return "UNTYPED";
  }
}

// Protobuf's JSON writes what is no number in JSON as text, and large integers too.
void AppendReal(std::string& out, double value) {
  if (std::isnan(value)) {
    out += R"("NaN")";
  } else if (std::isinf(value)) {
    out += value > 0 ? R"("Infinity")" : R"("-Infinity")";
  } else {
    AppendApiDouble(out, value);
  }
}

void AppendCount(std::string& out, double value) {
  out += '"';
  AppendUnsigned(out, static_cast<uint64_t>(value));
  out += '"';
}

void AppendPoint(ObjectWriter& object, const openmetrics::SummaryPoint& summary) {
  ObjectWriter point(object.Name("summary"));
  if (summary.count) AppendCount(point.Name("sampleCount"), *summary.count);
  if (summary.sum) AppendReal(point.Name("sampleSum"), *summary.sum);
  ListWriter quantiles(point.Name("quantile"));
  for (const openmetrics::Quantile& quantile : summary.quantiles) {
    ObjectWriter one(quantiles.Next());
    AppendReal(one.Name("quantile"), quantile.quantile);
    AppendReal(one.Name("value"), quantile.value);
  }
}

void AppendPoint(ObjectWriter& object, const openmetrics::HistogramPoint& histogram) {
  ObjectWriter point(object.Name("histogram"));
  if (histogram.count) AppendCount(point.Name("sampleCount"), *histogram.count);
  if (histogram.sum) AppendReal(point.Name("sampleSum"), *histogram.sum);
  ListWriter buckets(point.Name("bucket"));
  for (const openmetrics::Bucket& bucket : histogram.buckets) {
    ObjectWriter one(buckets.Next());
    AppendCount(one.Name("cumulativeCount"), bucket.cumulative_count);
    AppendReal(one.Name("upperBound"), bucket.upper_bound);
  }
}

void AppendValue(ObjectWriter& object, std::string_view kind, double value) {
  ObjectWriter point(object.Name(kind));
  AppendReal(point.Name("value"), value);
}

void AppendMetric(std::string& out, const Metric& metric, Type type) {
  ObjectWriter object(out);
  if (!metric.labels.empty()) {
    ListWriter labels(object.Name("label"));
    for (const openmetrics::LabelPair& pair : metric.labels) {
      ObjectWriter one(labels.Next());
      one.Text("name", pair.name);
      one.Text("value", pair.value);
    }
  }
  if (const auto* counter = std::get_if<openmetrics::CounterPoint>(&metric.point)) {
    AppendValue(object, "counter", counter->value);
  } else if (const auto* value = std::get_if<double>(&metric.point)) {
    AppendValue(object, type == Type::kGauge ? "gauge" : "untyped", *value);
  } else if (const auto* summary = std::get_if<openmetrics::SummaryPoint>(&metric.point)) {
    AppendPoint(object, *summary);
  } else if (const auto* histogram = std::get_if<openmetrics::HistogramPoint>(&metric.point)) {
    AppendPoint(object, *histogram);
  }
}

Result<std::vector<MetricFamily>> Gather(const Registry& registry) {
  openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
  registry.Write(writer);
  std::string body;
  writer.Finish(body);
  return ReadFamilies(body, openmetrics::Format::kText, openmetrics::NameScheme::kUtf8);
}

void Answer(const Registry& registry, const HttpRequest& request, HttpResponse& response) {
  const std::string_view pattern = request.parameters.Get("metric_name_pattern");
  const auto wanted = Regex::Compile(pattern.empty() ? ".*" : pattern);
  if (!wanted.ok()) {
    return SendJsonError(response, 400, "bad_data",
                         "invalid metric_name_pattern: " + std::string(wanted.message()));
  }
  const auto families = Gather(registry);
  if (!families.ok()) return SendJsonError(response, 500, "internal", families.message());
  JsonResponse json(response);
  {
    ListWriter list(json.out());
    for (const MetricFamily& family : *families) {
      if (!wanted->Matches(family.name)) continue;
      ObjectWriter object(list.Next());
      object.Text("name", family.name);
      object.Text("help", family.help);
      object.Text("type", TypeText(family.type));
      ListWriter metrics(object.Name("metric"));
      for (const Metric& metric : family.metrics) AppendMetric(metrics.Next(), metric, family.type);
    }
  }
  json.Finish();
}

}  // namespace

void SelfMetricsApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/status/self_metrics",
             [&own = registry](const HttpRequest& request, HttpResponse& response) {
               Answer(own, request, response);
             });
}

}  // namespace narthex::server
