#include "server/api/federate.h"

#include <algorithm>
#include <set>

#include "common/openmetrics/formats.h"
#include "server/promql/parser.h"

namespace narthex::server {
namespace {

using openmetrics::Metric;
using openmetrics::MetricFamily;
using openmetrics::Type;
using storage::Matcher;

constexpr std::string_view kName = "__name__";
constexpr std::string_view kInstance = "instance";

struct Newest {
  int64_t time_ms = 0;
  double value = 0;
  storage::HistogramPtr histogram;  // null: a float
};

// By metric name, then in the order of labels.
using Found = std::map<std::string, std::map<LabelSet, Newest>>;

Result<std::vector<std::vector<Matcher>>> ReadSelectors(const HttpRequest& request) {
  std::vector<std::vector<Matcher>> selectors;
  for (const std::string_view text : request.parameters.GetAll("match[]")) {
    ASSIGN_OR_RETURN(std::vector<Matcher> matchers, promql::ParseMatchers(text));
    selectors.push_back(std::move(matchers));
  }
  return selectors;
}

Status AddNewest(const storage::Querier& querier, const std::vector<Matcher>& matchers,
                 Found& found) {
  ASSIGN_OR_RETURN(const auto series, querier.Select(matchers));
  storage::SampleColumns samples;
  for (size_t i = 0; i < series->size(); ++i) {
    RETURN_IF_ERROR(series->Read(i, samples));
    // What has ended is left out: the formats have no mark for that.
    if (samples.size() == 0 || storage::IsStaleNaN(samples.values.back())) continue;
    const LabelSet& labels = series->labels(i);
    const std::string_view name = labels.Get(kName);
    if (name.empty()) continue;
    found[std::string(name)][labels] = {
        samples.timestamps_ms.back(), samples.values.back(),
        samples.has_histograms() ? samples.histograms.back() : nullptr};
  }
  return {};
}

openmetrics::HistogramPoint PointOf(const storage::Histogram& histogram) {
  openmetrics::NativeHistogram native;
  native.schema = histogram.schema;
  native.zero_threshold = histogram.zero_threshold;
  native.zero_count = histogram.zero_count;
  native.positive = histogram.positive;
  native.negative = histogram.negative;
  native.custom_bounds = histogram.custom_bounds;
  openmetrics::HistogramPoint point;
  point.count = histogram.count;
  point.sum = histogram.sum;
  point.native = std::make_shared<const openmetrics::NativeHistogram>(std::move(native));
  point.float_counts = histogram.float_counts;
  return point;
}

// Labels of the series, and those of this server that it has not. Without an instance it says so,
// or whoever scrapes this would put its own.
std::vector<openmetrics::LabelPair> LabelsOf(const LabelSet& labels,
                                             const std::map<std::string, std::string>& external) {
  std::map<std::string, std::string> all = external;
  all.emplace(kInstance, "");
  for (const Label label : labels) {
    if (label.name != kName) all[std::string(label.name)] = label.value;
  }
  std::vector<openmetrics::LabelPair> pairs;
  pairs.reserve(all.size());
  for (const auto& [name, value] : all) pairs.push_back({name, value});
  return pairs;
}

Type TypeOf(const Newest& newest) {
  if (!newest.histogram) return Type::kUnknown;
  return newest.histogram->hint == storage::CounterResetHint::kGauge ? Type::kGaugeHistogram
                                                                     : Type::kHistogram;
}

// A family has one type: that of its first series. The others are left out.
std::vector<MetricFamily> FamiliesOf(const Found& found,
                                     const std::map<std::string, std::string>& external,
                                     bool protobuf) {
  std::vector<MetricFamily> families;
  for (const auto& [name, series] : found) {
    MetricFamily family{.name = name};
    for (const auto& [labels, newest] : series) {
      if (newest.histogram && !newest.histogram->custom() && !protobuf) continue;
      if (family.metrics.empty()) family.type = TypeOf(newest);
      if (family.type != TypeOf(newest)) continue;
      Metric metric{.labels = LabelsOf(labels, external), .timestamp_ms = newest.time_ms};
      metric.point = newest.value;
      if (newest.histogram) metric.point = PointOf(*newest.histogram);
      family.metrics.push_back(std::move(metric));
    }
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace

void Federation::Send(const HttpRequest& request, HttpResponse& response) const {
  const auto selectors = ReadSelectors(request);
  if (!selectors.ok())
    return response.Send(400, kPlainText, std::string(selectors.message()) + "\n");
  const int64_t now_ms = clock.NowMs();
  const auto querier = storage.NewQuerier(now_ms - lookback.ms, now_ms);
  Found found;
  for (const auto& matchers : *selectors) {
    if (const Status status = AddNewest(*querier, matchers, found); !status.ok())
      return response.Send(500, kPlainText, std::string(status.message()) + "\n");
  }
  const openmetrics::Exposition exposition = openmetrics::Negotiate(request.Header("Accept"));
  std::string body;
  WriteFamilies(
      FamiliesOf(found, external_labels, exposition.format == openmetrics::Format::kProtobuf),
      exposition, body);
  response.Send(200, openmetrics::ContentType(exposition), body);
}

}  // namespace narthex::server
