#include "server/scrape/label_limits.h"

namespace narthex::server {
namespace {

Status TooLong(std::string_view what, std::string_view metric, std::string_view text,
               uint64_t limit) {
  return LimitReached(what, " exceeded: ", Quote(text), " of ", std::to_string(text.size()),
                      " bytes in metric ", Quote(metric), ", limit ", std::to_string(limit));
}

}  // namespace

Status CheckLabels(const LabelSet& labels, const ScrapeOptions& options) {
  const std::string_view metric = labels.Get(kMetricName);
  const uint64_t count = options.label_limit == 0 ? 0 : labels.size();
  if (count > options.label_limit) {
    return LimitReached("label_limit exceeded: metric ", Quote(metric), " has ",
                        std::to_string(count), " labels, limit ",
                        std::to_string(options.label_limit));
  }
  const bool legacy = options.Names() == openmetrics::NameScheme::kLegacy;
  if (legacy && !IsLegacyMetricName(metric))
    return InvalidArgument("metric name ", Quote(metric), " is not admitted by the legacy scheme");
  const uint64_t name_limit = options.label_name_length_limit;
  const uint64_t value_limit = options.label_value_length_limit;
  if (!legacy && name_limit == 0 && value_limit == 0) return {};
  for (const Label label : labels) {
    if (legacy && !IsLegacyLabelName(label.name))
      return InvalidArgument("label name ", Quote(label.name), " of metric ", Quote(metric),
                             " is not admitted by the legacy scheme");
    if (name_limit != 0 && label.name.size() > name_limit)
      return TooLong("label_name_length_limit", metric, label.name, name_limit);
    if (value_limit != 0 && label.value.size() > value_limit)
      return TooLong("label_value_length_limit", metric, label.value, value_limit);
  }
  return {};
}

}  // namespace narthex::server
