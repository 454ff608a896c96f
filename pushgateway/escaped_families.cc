#include "pushgateway/escaped_families.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <string>

#include "common/openmetrics/escaping.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Escaping;
using openmetrics::LabelPair;
using openmetrics::Metric;
using openmetrics::MetricFamily;
using openmetrics::Type;

std::string Shown(std::string_view name, bool legacy, Escaping escaping) {
  return legacy ? std::string(name) : openmetrics::EscapeName(name, escaping);
}

// The names that a family and its samples take when it is escaped.
std::vector<std::string> NamesOf(const MetricFamily& family, Escaping escaping) {
  const std::string name = Shown(family.name, IsLegacyMetricName(family.name), escaping);
  std::vector<std::string> names = {name};
  if (family.type == Type::kHistogram || family.type == Type::kGaugeHistogram ||
      family.type == Type::kSummary) {
    for (const char* suffix : {"_count", "_sum", "_bucket"}) names.push_back(name + suffix);
  }
  return names;
}

bool IsLegacy(const Metric& metric) {
  return std::all_of(metric.labels.begin(), metric.labels.end(),
                     [](const LabelPair& label) { return IsLegacyLabelName(label.name); });
}

// The labels as they are written, as a text that differs where they do; empty where two of them
// have one name.
std::string EscapedLabels(const Metric& metric, Escaping escaping) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const LabelPair& label : metric.labels) {
    const bool legacy = IsLegacyLabelName(label.name);
    labels.emplace_back(Shown(label.name, legacy, escaping), label.value);
  }
  std::sort(labels.begin(), labels.end());
  std::string text = "{";
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i > 0 && labels[i - 1].first == labels[i].first) return "";
    text += labels[i].first;
    AppendQuoted(text, labels[i].second);
  }
  return text;
}

void DropAlikeMetrics(MetricFamily& family, Escaping escaping) {
  if (std::all_of(family.metrics.begin(), family.metrics.end(), IsLegacy)) return;
  std::stable_partition(family.metrics.begin(), family.metrics.end(), IsLegacy);
  absl::flat_hash_set<std::string> taken;
  std::erase_if(family.metrics, [&](const Metric& metric) {
    const std::string labels = EscapedLabels(metric, escaping);
    return labels.empty() || !taken.insert(labels).second;
  });
}

}  // namespace

void DropAlikeWhenEscaped(std::vector<MetricFamily>& families, Escaping escaping) {
  absl::flat_hash_set<std::string> taken;
  for (const MetricFamily& family : families) {
    if (!IsLegacyMetricName(family.name)) continue;
    for (std::string& name : NamesOf(family, escaping)) taken.insert(std::move(name));
  }
  std::erase_if(families, [&](const MetricFamily& family) {
    if (IsLegacyMetricName(family.name)) return false;
    std::vector<std::string> names = NamesOf(family, escaping);
    for (const std::string& name : names) {
      if (taken.contains(name)) return true;
    }
    taken.insert(names.begin(), names.end());
    return false;
  });
  for (MetricFamily& family : families) DropAlikeMetrics(family, escaping);
}

}  // namespace narthex::pushgateway
