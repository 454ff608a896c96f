#include "server/config/config.h"

#include <algorithm>
#include <set>

#include "common/labels/label_set.h"

namespace narthex::server {
namespace {

constexpr Duration kDefaultTimeout = Duration::Seconds(10);

Status CheckLabelNames(const std::map<std::string, std::string>& labels) {
  for (const auto& [name, value] : labels) {
    if (name.empty() || !IsValidUtf8(name))
      return InvalidArgument("invalid label name ", Quote(name));
    if (!IsValidUtf8(value))
      return InvalidArgument("value of label ", Quote(name), " is not UTF-8");
  }
  return {};
}

// Fills in what jobs take from the global section, and checks jobs against it and each other.
Status FinishJobs(Config& config) {
  GlobalConfig& global = config.global;
  if (global.scrape_timeout.ms == 0)
    global.scrape_timeout.ms = std::min(kDefaultTimeout.ms, global.scrape_interval.ms);
  std::set<std::string_view> names;
  for (ScrapeConfig& job : config.scrape_configs) {
    if (!names.insert(job.job_name).second) {
      return config::ErrorAt(job.position,
                             "found multiple scrape configs with job name " + Quote(job.job_name));
    }
    if (job.scrape_interval.ms == 0) job.scrape_interval = global.scrape_interval;
    if (job.scrape_timeout > job.scrape_interval) {
      return config::ErrorAt(
          job.position,
          "scrape timeout greater than scrape interval for scrape config with job name " +
              Quote(job.job_name));
    }
    if (job.scrape_timeout.ms == 0)
      job.scrape_timeout.ms = std::min(global.scrape_timeout.ms, job.scrape_interval.ms);
  }
  return {};
}

}  // namespace

Status GlobalConfig::Validate() const {
  if (scrape_interval.ms <= 0) return InvalidArgument("scrape_interval must be above zero");
  if (scrape_timeout > scrape_interval)
    return InvalidArgument("global scrape timeout greater than scrape interval");
  return CheckLabelNames(external_labels);
}

Status StaticConfig::Validate() const {
  for (const std::string& target : targets) {
    const bool plain = !target.empty() && target.find_first_of("/ \t\n") == std::string::npos;
    if (!plain)
      return InvalidArgument("target ", Quote(target), " is not a host with an optional port");
  }
  return CheckLabelNames(labels);
}

Status ScrapeConfig::Validate() const {
  if (job_name.empty()) return InvalidArgument("job_name is empty");
  if (scheme != "http" && scheme != "https")
    return InvalidArgument("unknown scheme ", Quote(scheme), ", want http or https");
  if (metrics_path.empty() || metrics_path[0] != '/')
    return InvalidArgument("metrics_path must begin with '/'");
  return http.Validate();
}

Result<Config> ParseConfig(std::string_view text, std::string_view file) {
  ASSIGN_OR_RETURN(Config config, config::Parse<Config>(text, file));
  if (const Status status = FinishJobs(config); !status.ok())
    return InvalidArgument(file, ":", status.message());
  for (ScrapeConfig& job : config.scrape_configs) job.http.MakePathsRelativeTo(std::string(file));
  return config;
}

Result<Config> LoadConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseConfig(text, path);
}

}  // namespace narthex::server
