#include "pushgateway/push.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "common/bytes/numbers.h"
#include "common/openmetrics/escaping.h"
#include "common/openmetrics/formats.h"
#include "common/openmetrics/text_format.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::CounterPoint;
using openmetrics::Format;
using openmetrics::HistogramPoint;
using openmetrics::Metric;
using openmetrics::NameScheme;
using openmetrics::SummaryPoint;
using openmetrics::Type;

constexpr std::string_view kInstance = "instance";
constexpr char kSeparator = '\xff';  // in no UTF-8

bool ByName(const LabelPair& a, const LabelPair& b) { return a.name < b.name; }

std::string Show(const MetricFamily& family, const Metric& metric) {
  return family.name + GroupKey::ShowLabels(metric.labels);
}

// The label that a type's samples carry beside those of their metric.
std::string_view ReservedLabel(Type type) {
  if (type == Type::kSummary) return "quantile";
  return type == Type::kHistogram || type == Type::kGaugeHistogram ? "le" : "";
}

Status CheckLabels(const MetricFamily& family, const Metric& metric) {
  const std::string_view reserved = ReservedLabel(family.type);
  for (size_t i = 0; i < metric.labels.size(); ++i) {
    const LabelPair& label = metric.labels[i];
    if (label.name.starts_with("__") || label.name.empty() || label.name == reserved) {
      return InvalidArgument(Show(family, metric), ": label name ", Quote(label.name),
                             " is reserved");
    }
    if (i > 0 && metric.labels[i - 1].name == label.name)
      return InvalidArgument(Show(family, metric), ": label ", Quote(label.name), " twice");
    if (!IsValidUtf8(label.value)) {
      return InvalidArgument(Show(family, metric), ": value of label ", Quote(label.name),
                             " is not UTF-8");
    }
  }
  return {};
}

// Puts buckets or quantiles in order. A bound given twice would be one sample line given twice.
template <typename Step, typename Bound>
Status SortSteps(std::vector<Step>& steps, Bound Step::*bound) {
  const auto less = [&](const Step& a, const Step& b) { return a.*bound < b.*bound; };
  if (!std::is_sorted(steps.begin(), steps.end(), less))
    std::stable_sort(steps.begin(), steps.end(), less);
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool rises =
        i == 0 ? !std::isnan(steps[i].*bound) : steps[i - 1].*bound < steps[i].*bound;
    if (!rises) return InvalidArgument(ExpositionDouble(steps[i].*bound));
  }
  return {};
}

// Puts a point in order. A sum or count that is not there is zero, as the original shows it.
Status CompletePoint(const MetricFamily& family, Metric& metric) {
  const auto complete = [](auto& point) {
    if (!point.sum) point.sum = 0;
    if (!point.count) point.count = 0;
  };
  if (auto* histogram = std::get_if<HistogramPoint>(&metric.point)) {
    complete(*histogram);
    if (const Status status = SortSteps(histogram->buckets, &openmetrics::Bucket::upper_bound);
        !status.ok()) {
      return InvalidArgument(Show(family, metric), ": bucket le=\"", status.message(),
                             "\" twice, or no number");
    }
  }
  if (auto* summary = std::get_if<SummaryPoint>(&metric.point)) {
    complete(*summary);
    if (const Status status = SortSteps(summary->quantiles, &openmetrics::Quantile::quantile);
        !status.ok()) {
      return InvalidArgument(Show(family, metric), ": quantile=\"", status.message(),
                             "\" twice, or no number");
    }
  }
  return {};
}

// Whether the lines of text format hold all that there is.
bool TextCarries(const Metric& metric) {
  if (const auto* counter = std::get_if<CounterPoint>(&metric.point))
    return !counter->exemplar && !counter->created_ms;
  if (const auto* summary = std::get_if<SummaryPoint>(&metric.point)) return !summary->created_ms;
  if (const auto* histogram = std::get_if<HistogramPoint>(&metric.point)) {
    return !histogram->native && !histogram->float_counts && !histogram->created_ms &&
           std::none_of(histogram->buckets.begin(), histogram->buckets.end(),
                        [](const openmetrics::Bucket& bucket) { return bucket.exemplar; });
  }
  return true;
}

bool TextCarries(const MetricFamily& family) {
  return family.unit.empty() && family.type != Type::kGaugeHistogram &&
         std::all_of(family.metrics.begin(), family.metrics.end(),
                     [](const Metric& metric) { return TextCarries(metric); });
}

// Says which metric is there twice.
Status CheckRepeats(const MetricFamily& family, const PreparedFamily& prepared) {
  std::vector<std::pair<SeriesId, size_t>> sorted;
  for (size_t i = 0; i < prepared.series.size(); ++i) sorted.emplace_back(prepared.series[i], i);
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].first == sorted[i - 1].first) {
      return InvalidArgument(Show(family, family.metrics[sorted[i].second]),
                             " is in the push twice, after the group's labels ",
                             "have taken the place of its own");
    }
  }
  return {};
}

Result<PreparedFamily> PrepareFamily(MetricFamily& family, const GroupKey& key) {
  if (!IsValidUtf8(family.help)) return InvalidArgument(family.name, ": help is not UTF-8");
  PreparedFamily prepared{.name = family.name, .type = family.type, .help = family.help};
  for (Metric& metric : family.metrics) {
    if (metric.timestamp_ms)
      return InvalidArgument("pushed metrics must not have timestamps: ", Show(family, metric));
    metric.labels = FinalLabels(std::move(metric.labels), key);
    RETURN_IF_ERROR(CheckLabels(family, metric));
    RETURN_IF_ERROR(CompletePoint(family, metric));
    prepared.series.push_back(IdOf(family.name, metric.labels));
  }
  RETURN_IF_ERROR(CheckRepeats(family, prepared));
  openmetrics::AppendTextSamples(prepared.text, family);
  prepared.text.shrink_to_fit();
  if (!TextCarries(family)) {
    openmetrics::WriteFamilies({family}, {Format::kProtobuf, openmetrics::Escaping::kAllowUtf8},
                               prepared.exact);
  }
  prepared.utf8_names = openmetrics::NeedsEscaping(family);
  return prepared;
}

}  // namespace

SeriesId IdOf(std::string_view name, const std::vector<LabelPair>& labels) {
  static const uint64_t kSeed = [] {
    std::random_device random;
    return uint64_t{random()} << 32 | random();
  }();
  static thread_local std::string bytes;
  bytes.assign(name);
  for (const LabelPair& label : labels) {
    bytes += kSeparator;
    bytes += label.name;
    bytes += kSeparator;
    bytes += label.value;
  }
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), kSeed);
}

std::vector<LabelPair> FinalLabels(std::vector<LabelPair> labels, const GroupKey& key) {
  std::sort(labels.begin(), labels.end(), ByName);
  std::vector<LabelPair> merged;
  merged.reserve(labels.size() + key.labels().size() + 1);
  const auto grouping = [&](const LabelPair& label) { return key.Find(label.name) != nullptr; };
  std::copy(key.labels().begin(), key.labels().end(), std::back_inserter(merged));
  for (LabelPair& label : labels) {
    if (!grouping(label)) merged.push_back(std::move(label));
  }
  const bool has_instance = std::any_of(
      merged.begin(), merged.end(), [](const LabelPair& label) { return label.name == kInstance; });
  if (!has_instance) merged.push_back({std::string(kInstance), ""});
  std::sort(merged.begin(), merged.end(), ByName);
  return merged;
}

Result<std::vector<PreparedFamily>> Prepare(std::vector<MetricFamily> families,
                                            const GroupKey& key) {
  std::vector<PreparedFamily> prepared;
  prepared.reserve(families.size());
  for (MetricFamily& family : families) {
    if (family.name == kPushTime || family.name == kPushFailureTime) continue;
    ASSIGN_OR_RETURN(PreparedFamily one, PrepareFamily(family, key));
    prepared.push_back(std::move(one));
  }
  const auto by_name = [](const PreparedFamily& a, const PreparedFamily& b) {
    return a.name < b.name;
  };
  std::sort(prepared.begin(), prepared.end(), by_name);
  assert(std::is_sorted(prepared.begin(), prepared.end(), by_name));
  return prepared;
}

MetricFamily Restore(std::string_view name, openmetrics::Type type, std::string_view help,
                     std::string_view text, std::string_view exact) {
  MetricFamily family{.name = std::string(name), .type = type, .help = std::string(help)};
  Format format = Format::kProtobuf;
  std::string body(exact);
  if (exact.empty()) {
    format = Format::kText1;
    openmetrics::AppendTextHeader(body, family);
    body += text;
  }
  auto families = openmetrics::ReadFamilies(body, format, NameScheme::kUtf8);
  assert(families.ok() && families->size() == 1);  // it was written here
  family.metrics = std::move(families->front().metrics);
  return family;
}

}  // namespace narthex::pushgateway
