#include "server/scrape/target.h"

#include <set>

namespace narthex::server {
namespace {

// Labels that begin with two underscores serve discovery and do not reach series.
bool IsInternal(std::string_view name) { return name.substr(0, 2) == "__"; }

constexpr std::string_view kParamPrefix = "__param_";

std::string PercentEncoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

// Parameters as the configuration has them, but for the first value of each, which relabelling may
// have set.
std::string UrlOf(const ScrapeConfig& job, const LabelSetBuilder& labels) {
  std::map<std::string, std::vector<std::string>> params = job.params;
  const LabelSet built = labels.Build();
  for (const Label label : built) {
    if (label.name.substr(0, kParamPrefix.size()) != kParamPrefix) continue;
    auto& values = params[std::string(label.name.substr(kParamPrefix.size()))];
    if (values.empty()) values.emplace_back();
    values.front() = label.value;
  }
  std::string url = std::string(labels.Get("__scheme__")) + "://";
  url += labels.Get("__address__");
  url += labels.Get("__metrics_path__");
  char separator = '?';
  for (const auto& [name, values] : params) {
    for (const std::string& value : values) {
      url += separator + PercentEncoded(name) + "=" + PercentEncoded(value);
      separator = '&';
    }
  }
  return url;
}

struct HistogramLabel {
  std::string_view name;
  std::optional<bool> ScrapeOptions::*option;
  bool HistogramOptions::*value;
};

constexpr HistogramLabel kHistogramLabels[] = {
    {"__scrape_native_histograms__", &ScrapeOptions::scrape_native_histograms,
     &HistogramOptions::native},
    {"__always_scrape_classic_histograms__", &ScrapeOptions::always_scrape_classic_histograms,
     &HistogramOptions::always_classic},
    {"__convert_classic_histograms_to_nhcb__", &ScrapeOptions::convert_classic_histograms_to_nhcb,
     &HistogramOptions::to_custom_buckets},
};

// As Go reads booleans.
std::optional<bool> ParseSwitch(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

// A label that relabelling has removed leaves what the job says.
Result<HistogramOptions> HistogramOptionsOf(const ScrapeConfig& job,
                                            const LabelSetBuilder& labels) {
  HistogramOptions options;
  for (const HistogramLabel& label : kHistogramLabels) {
    const std::string_view text = labels.Get(label.name);
    const auto said =
        text.empty() ? (job.options.*label.option).value_or(false) : ParseSwitch(text);
    if (!said)
      return InvalidArgument("label ", label.name, " is ", Quote(text), ", want true or false");
    options.*label.value = *said;
  }
  return options;
}

// The labels that a job gives where discovery did not.
LabelSetBuilder DiscoveredLabels(const ScrapeConfig& job, const std::string& address,
                                 const std::map<std::string, std::string>& group) {
  LabelSetBuilder labels;
  labels.Set("job", job.job_name);
  labels.Set("__metrics_path__", job.metrics_path);
  labels.Set("__scheme__", job.scheme);
  labels.Set("__scrape_interval__", FormatDuration(job.scrape_interval));
  labels.Set("__scrape_timeout__", FormatDuration(job.scrape_timeout));
  for (const HistogramLabel& label : kHistogramLabels)
    labels.Set(label.name, (job.options.*label.option).value_or(false) ? "true" : "false");
  for (const auto& [name, values] : job.params) {
    if (!values.empty()) labels.Set(std::string(kParamPrefix) + name, values.front());
  }
  for (const auto& [name, value] : group) {
    if (!value.empty()) labels.Set(name, value);
  }
  labels.Set("__address__", address);
  return labels;
}

Result<Duration> DurationLabel(const LabelSetBuilder& labels, std::string_view name) {
  const auto duration = ParseDuration(labels.Get(name));
  if (!duration.ok() || duration->ms <= 0)
    return InvalidArgument("label ", name, " is ", Quote(labels.Get(name)),
                           ", want a duration above zero");
  return *duration;
}

}  // namespace

std::string_view HealthName(TargetHealth health) {
  switch (health) {
    case TargetHealth::kUnknown:
      return "unknown";
    case TargetHealth::kUp:
      return "up";
    case TargetHealth::kDown:
      return "down";
  }
  return "unknown";
}

Result<std::shared_ptr<const Target>> Target::Make(std::shared_ptr<const ScrapeConfig> job,
                                                   const std::string& address,
                                                   const std::map<std::string, std::string>& group,
                                                   LabelSet* discovered) {
  LabelSetBuilder labels = DiscoveredLabels(*job, address, group);
  *discovered = labels.Build();
  if (!Relabel(job->relabel_configs, labels)) return std::shared_ptr<const Target>();
  const std::string host(labels.Get("__address__"));
  if (host.empty()) return InvalidArgument("no address");
  if (host.find_first_of("/ \t\n") != std::string::npos)
    return InvalidArgument("address ", Quote(host), " is not a host with an optional port");
  std::shared_ptr<Target> target(new Target(std::move(job)));
  ASSIGN_OR_RETURN(target->interval_, DurationLabel(labels, "__scrape_interval__"));
  ASSIGN_OR_RETURN(target->timeout_, DurationLabel(labels, "__scrape_timeout__"));
  if (target->timeout_ > target->interval_)
    return InvalidArgument("scrape timeout ", FormatDuration(target->timeout_),
                           " is longer than the interval ", FormatDuration(target->interval_));
  ASSIGN_OR_RETURN(target->histograms_, HistogramOptionsOf(target->config(), labels));
  target->url_ = UrlOf(target->config(), labels);
  target->discovered_labels_ = *discovered;
  if (labels.Get("instance").empty()) labels.Set("instance", host);
  const LabelSet all = labels.Build();
  for (const Label label : all) {
    if (IsInternal(label.name)) labels.Remove(label.name);
    if (!IsValidUtf8(label.value))
      return InvalidArgument("value of label ", Quote(label.name), " is not UTF-8");
  }
  target->labels_ = labels.Build();
  return std::shared_ptr<const Target>(std::move(target));
}

TargetStatus Target::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Target::SetStatus(TargetStatus status) const {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

MetadataListPtr Target::metadata() const {
  const std::lock_guard lock(mutex_);
  return metadata_;
}

void Target::SetMetadata(MetadataListPtr metadata) const {
  const std::lock_guard lock(mutex_);
  metadata_ = std::move(metadata);
}

JobTargets TargetsOf(const std::shared_ptr<const ScrapeConfig>& job,
                     const std::vector<TargetGroup>& groups) {
  JobTargets found;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const TargetGroup& group : groups) {
    for (const std::string& address : group.addresses) {
      LabelSet discovered;
      auto target = Target::Make(job, address, group.labels, &discovered);
      if (!target.ok()) {
        found.errors.push_back(target.status().Prefixed("target " + Quote(address)));
      } else if (*target == nullptr) {
        const uint64_t most = job->options.keep_dropped_targets;
        if (most == 0 || found.dropped.size() < most)
          found.dropped.push_back(std::move(discovered));
        ++found.dropped_count;
      } else if (seen.insert((*target)->identity()).second) {
        found.targets.push_back(*std::move(target));
      }
    }
  }
  const uint64_t limit = job->options.target_limit;
  if (limit != 0 && found.targets.size() > limit) {
    found.over_limit = LimitReached("target_limit exceeded: ", std::to_string(found.targets.size()),
                                    " targets, limit ", std::to_string(limit));
  }
  return found;
}

}  // namespace narthex::server
