#include "server/scrape/target.h"

#include <set>

namespace narthex::server {
namespace {

// Labels that begin with two underscores serve discovery and do not reach series.
bool IsInternal(std::string_view name) { return name.substr(0, 2) == "__"; }

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

std::string UrlOf(const ScrapeConfig& job, const std::string& address) {
  std::string url = job.scheme + "://" + address + job.metrics_path;
  char separator = '?';
  for (const auto& [name, values] : job.params) {
    for (const std::string& value : values) {
      url += separator + PercentEncoded(name) + "=" + PercentEncoded(value);
      separator = '&';
    }
  }
  return url;
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

Target::Target(const ScrapeConfig& job, const std::string& address,
               const std::map<std::string, std::string>& group_labels)
    : job_(job.job_name),
      url_(UrlOf(job, address)),
      interval_(job.scrape_interval),
      timeout_(job.scrape_timeout),
      honor_labels_(job.honor_labels),
      honor_timestamps_(job.honor_timestamps) {
  LabelSetBuilder discovered;
  discovered.Set("job", job.job_name);
  for (const auto& [name, values] : job.params) {
    if (!values.empty()) discovered.Set("__param_" + name, values.front());
  }
  for (const auto& [name, value] : group_labels) discovered.Set(name, value);
  discovered.Set("__address__", address);
  discovered.Set("__metrics_path__", job.metrics_path);
  discovered.Set("__scheme__", job.scheme);
  discovered.Set("__scrape_interval__", FormatDuration(interval_));
  discovered.Set("__scrape_timeout__", FormatDuration(timeout_));
  discovered_labels_ = discovered.Build();

  LabelSetBuilder labels;
  labels.Set("instance", address);
  for (const Label label : discovered_labels_) {
    if (!IsInternal(label.name)) labels.Set(label.name, label.value);
  }
  labels_ = labels.Build();
}

TargetStatus Target::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Target::SetStatus(TargetStatus status) const {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

std::vector<std::shared_ptr<const Target>> TargetsOf(const ScrapeConfig& job,
                                                     const std::vector<TargetGroup>& groups) {
  std::vector<std::shared_ptr<const Target>> targets;
  std::set<std::pair<std::string, std::string>> seen;
  for (const TargetGroup& group : groups) {
    for (const std::string& address : group.addresses) {
      auto target = std::make_shared<const Target>(job, address, group.labels);
      if (seen.emplace(target->url(), std::string(target->labels().bytes())).second)
        targets.push_back(std::move(target));
    }
  }
  return targets;
}

}  // namespace narthex::server
