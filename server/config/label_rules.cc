#include "server/config/label_rules.h"

#include "common/labels/label_set.h"

namespace narthex::server {
Status CheckLabels(const std::map<std::string, std::string>& labels,
                   openmetrics::NameScheme scheme) {
  for (const auto& [name, value] : labels) {
    const bool good = scheme == openmetrics::NameScheme::kLegacy
                          ? IsLegacyLabelName(name)
                          : !name.empty() && IsValidUtf8(name);
    if (!good) return InvalidArgument("invalid label name ", Quote(name));
    if (!IsValidUtf8(value))
      return InvalidArgument("value of label ", Quote(name), " is not UTF-8");
  }
  return {};
}

Status CheckTargetLabels(const std::vector<RelabelRule>& rules, openmetrics::NameScheme scheme) {
  if (scheme != openmetrics::NameScheme::kLegacy) return {};
  for (const RelabelRule& rule : rules) {
    std::string name = rule.target_label;
    // What a regex fills in is seen when it does.
    std::erase_if(name, [](char c) { return c == '$' || c == '{' || c == '}'; });
    if (!name.empty() && !IsLegacyLabelName(name) && name == rule.target_label)
      return InvalidArgument("target_label: no label name of the legacy scheme: ", Quote(name));
  }
  return {};
}

}  // namespace narthex::server
