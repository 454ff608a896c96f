#include "server/scrape/created_times.h"

#include <algorithm>
#include <cmath>

#include "common/openmetrics/parser.h"

namespace narthex::server {
namespace {

constexpr std::string_view kSuffix = "_created";

std::string_view NameOf(const std::vector<Label>& labels) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [](const Label& label) { return label.name == kMetricName; });
  return found == labels.end() ? std::string_view() : found->value;
}

}  // namespace

CreatedTimes::CreatedTimes(std::string_view body, openmetrics::Format format) {
  if (body.find(kSuffix) == std::string_view::npos) return;
  openmetrics::ExpositionParser parser(body, format);
  std::string_view type;
  std::string_view family;
  for (;;) {
    const auto entry = parser.Next();
    if (!entry.ok() || *entry == openmetrics::Entry::kEnd) return;
    if (*entry == openmetrics::Entry::kType) {
      type = parser.metadata().text;
      family = parser.metadata().family;
    }
    const bool wanted = *entry == openmetrics::Entry::kSample && CanHave(type) &&
                        parser.sample().series.find(kSuffix) != std::string_view::npos;
    if (!wanted) continue;
    const auto labels = parser.Labels();
    if (!labels.ok() || !IsCreated(type, family, **labels)) continue;
    const double ms = parser.sample().value * 1000;
    constexpr double kMost = 9e15;  // beyond it milliseconds are not whole any more
    if (std::isfinite(ms) && std::abs(ms) <= kMost)
      times_ms_[Key(type, family, **labels)] = static_cast<int64_t>(ms);
  }
}

bool CreatedTimes::CanHave(std::string_view type) {
  return type == "counter" || type == "histogram" || type == "summary";
}

bool CreatedTimes::IsCreated(std::string_view type, std::string_view family,
                             const std::vector<Label>& labels) {
  const std::string_view name = NameOf(labels);
  return CanHave(type) && name.size() == family.size() + kSuffix.size() &&
         name.starts_with(family) && name.ends_with(kSuffix);
}

int64_t CreatedTimes::Of(std::string_view type, std::string_view family,
                         const std::vector<Label>& labels) const {
  if (times_ms_.empty() || !CanHave(type) || !NameOf(labels).starts_with(family)) return 0;
  const auto found = times_ms_.find(Key(type, family, labels));
  return found == times_ms_.end() ? 0 : found->second;
}

std::string CreatedTimes::Key(std::string_view type, std::string_view family,
                              const std::vector<Label>& labels) {
  const std::string_view part = type == "histogram" ? "le" : type == "summary" ? "quantile" : "";
  std::vector<Label> kept;
  for (const Label& label : labels) {
    if (label.name != kMetricName && label.name != part) kept.push_back(label);
  }
  std::string key(family);
  const LabelSet sorted = LabelSet::From(kept);
  key += '\0';
  key += sorted.bytes();
  return key;
}

}  // namespace narthex::server
