#include "server/scrape/classic_collector.h"

#include "common/bytes/numbers.h"

namespace narthex::server {

std::string_view ClassicCollector::SuffixOf(std::string_view name) const {
  if (!is_histogram_ || !name.starts_with(family_)) return {};
  const std::string_view suffix = name.substr(family_.size());
  return suffix == "_bucket" || suffix == "_sum" || suffix == "_count" ? suffix
                                                                       : std::string_view();
}

Status ClassicCollector::BeginFamily(std::string_view name, bool is_histogram) {
  RETURN_IF_ERROR(Finish());
  family_ = name;
  is_histogram_ = is_histogram;
  return {};
}

Result<bool> ClassicCollector::Add(const IncomingSample& sample, const std::vector<Label>& labels) {
  std::string_view name, bound;
  std::string series = family_;
  for (const Label& label : labels) {
    if (label.name == kMetricName) {
      name = label.value;
    } else if (label.name == "le") {
      bound = label.value;
    } else {
      series.append(label.name).push_back('\0');
      series.append(label.value).push_back('\0');
    }
  }
  const std::string_view suffix = SuffixOf(name);
  const auto upper = suffix == "_bucket" ? ParseDouble(bound) : std::nullopt;
  if (suffix.empty() || (suffix == "_bucket" && !upper)) {
    RETURN_IF_ERROR(Finish());
    return false;
  }
  if (series != series_) {
    RETURN_IF_ERROR(Finish());
    series_ = std::move(series);
    for (const Label& label : labels) {
      if (label.name != "le" && label.name != kMetricName)
        labels_.emplace_back(label.name, label.value);
    }
  }
  timestamp_ms_ = sample.timestamp_ms;
  start_ms_ = sample.start_ms;
  for (const openmetrics::Exemplar* exemplar : sample.exemplars) exemplars_.push_back(*exemplar);
  if (suffix == "_bucket") {
    histogram_.AddBucket(*upper, sample.value);
  } else if (suffix == "_sum") {
    histogram_.SetSum(sample.value);
  } else {
    histogram_.SetCount(sample.value);
  }
  return true;
}

Status ClassicCollector::Finish() {
  if (series_.empty()) return {};
  const auto histogram = std::exchange(histogram_, {}).Convert();
  const std::string series = std::exchange(series_, {});
  const auto owned = std::exchange(labels_, {});
  const auto exemplars = std::exchange(exemplars_, {});
  if (!histogram.ok()) return {};
  std::vector<Label> labels = {{kMetricName, family_}};
  for (const auto& [name, value] : owned) labels.push_back({name, value});
  IncomingSample sample{.series = series,
                        .timestamp_ms = timestamp_ms_,
                        .start_ms = start_ms_,
                        .histogram = &*histogram,
                        .labels = &labels};
  for (const openmetrics::Exemplar& exemplar : exemplars) sample.exemplars.push_back(&exemplar);
  return take_(sample);
}

}  // namespace narthex::server
