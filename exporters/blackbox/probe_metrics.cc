#include "exporters/blackbox/probe_metrics.h"

namespace narthex::blackbox {

ProbeMetrics::Entry& ProbeMetrics::Find(const Metric& metric, Labels labels) {
  for (Entry& entry : entries_) {
    if (entry.metric->name == metric.name && entry.labels == labels) return entry;
  }
  return entries_.emplace_back(Entry{&metric, std::move(labels)});
}

void ProbeMetrics::Set(const Metric& metric, double value, Labels labels) {
  Find(metric, std::move(labels)).value = value;
}

void ProbeMetrics::Add(const Metric& metric, double value, Labels labels) {
  Find(metric, std::move(labels)).value += value;
}

void ProbeMetrics::Append(const ProbeMetrics& others) {
  for (const Entry& entry : others.entries_) Set(*entry.metric, entry.value, entry.labels);
}

double ProbeMetrics::Value(const Metric& metric, const Labels& labels) const {
  for (const Entry& entry : entries_) {
    if (entry.metric->name == metric.name && entry.labels == labels) return entry.value;
  }
  return 0;
}

void ProbeMetrics::WriteTo(openmetrics::ExpositionWriter& writer) const {
  std::vector<Label> labels;
  for (const Entry& entry : entries_) {
    labels.clear();
    for (const auto& [name, value] : entry.labels) labels.push_back({name, value});
    writer.Add(entry.metric->name, openmetrics::Type::kGauge, entry.metric->help)
        .Sample("", labels.data(), labels.size(), entry.value);
  }
}

}  // namespace narthex::blackbox
