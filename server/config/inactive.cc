#include "server/config/inactive.h"

namespace narthex::server {

std::vector<Inactive> InactiveParts(const Config& config) {
  std::vector<Inactive> parts;
  if (!config.rule_files.value.empty())
    parts.push_back(
        {"rule_files", "no rule is evaluated, no alert fires", config.rule_files.position});
  if (!config.alerting.value.empty())
    parts.push_back({"alerting", "no alert is sent", config.alerting.position});
  if (!config.remote_write.value.empty())
    parts.push_back({"remote_write", "no sample is sent elsewhere", config.remote_write.position});
  if (!config.remote_read.value.empty())
    parts.push_back(
        {"remote_read", "no sample is read from elsewhere", config.remote_read.position});
  return parts;
}

std::vector<Inactive> Notices(const Config& config) {
  std::vector<Inactive> notices;
  if (config.runtime) notices.push_back({"runtime", "it tunes Go, which is not here", {}});
  if (config.tracing) notices.push_back({"tracing", "no trace is sent", {}});
  if (config.otlp) notices.push_back({"otlp", "no OTLP is received", {}});
  for (const ScrapeConfig& job : config.scrape_configs) {
    std::string kinds;
    for (const OtherDiscovery& other : job.discovery.others.found)
      kinds.append(kinds.empty() ? "" : ", ").append(other.kind->field);
    if (!kinds.empty())
      notices.push_back({"job " + Quote(job.job_name) + ": " + kinds,
                         "this server cannot discover that way, no target comes from it",
                         job.position});
  }
  return notices;
}

}  // namespace narthex::server
