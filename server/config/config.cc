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
    job.options.FillFrom(global.options);
    if (const Status status = job.options.Check(); !status.ok())
      return config::ErrorAt(job.position, status.message());
  }
  return {};
}

struct Inactive {
  std::string_view name;
  const config::Node* node;
  std::string_view consequence;

  std::string Text() const {
    return std::string(name) + " is not acted on: " + std::string(consequence);
  }
};

// The inactive sections that have something in them.
std::vector<Inactive> InactiveOf(const Config& config) {
  const InactiveSections& sections = config.inactive;
  std::vector<Inactive> inactive = {
      {"rule_files", &sections.rule_files, "no rule is evaluated, no alert fires"},
      {"alerting", &sections.alerting, "no alert is sent"},
      {"remote_write", &sections.remote_write, "no sample is sent elsewhere"},
      {"remote_read", &sections.remote_read, "no sample is read from elsewhere"},
  };
  std::erase_if(inactive, [](const Inactive& section) {
    return section.node->items.empty() && section.node->entries.empty() &&
           section.node->text.empty();
  });
  return inactive;
}

// As the reference: a star may stand in the last part of the path only, and once.
bool IsFileSdPath(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return false;
  constexpr std::string_view kExtensions[] = {".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"};
  if (std::find(std::begin(kExtensions), std::end(kExtensions), path.substr(dot)) ==
      std::end(kExtensions))
    return false;
  const size_t star = path.find('*');
  if (star == std::string_view::npos) return true;
  return path.substr(star, dot - star).find('/') == std::string_view::npos;
}

// Relative paths are meant from the folder of the configuration file.
void ResolvePaths(Config& config, const std::string& path) {
  config.global.query_log_file = PathFromFile(path, config.global.query_log_file);
  for (ScrapeConfig& job : config.scrape_configs) {
    job.http.MakePathsRelativeTo(path);
    std::string& failure_log = job.options.scrape_failure_log_file;
    failure_log = PathFromFile(path, failure_log);
    for (FileSdConfig& sd : job.file_sd_configs) {
      for (std::string& file : sd.files) file = PathFromFile(path, file);
    }
  }
}

}  // namespace

Status GlobalConfig::Validate() const {
  if (scrape_interval.ms <= 0) return InvalidArgument("scrape_interval must be above zero");
  if (scrape_timeout > scrape_interval)
    return InvalidArgument("global scrape timeout greater than scrape interval");
  RETURN_IF_ERROR(options.Check());
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
  if (fallback_scrape_protocol &&
      fallback_scrape_protocol->format == openmetrics::Format::kProtobuf) {
    return InvalidArgument("scrape protocol PrometheusProto is not supported yet");
  }
  return http.Validate();
}

Status FileSdConfig::Validate() const {
  if (files.empty()) return InvalidArgument("files names no path");
  if (refresh_interval.ms <= 0) return InvalidArgument("refresh_interval must be above zero");
  for (const std::string& file : files) {
    if (!IsFileSdPath(file)) {
      return InvalidArgument("path ", Quote(file),
                             " cannot be watched: want NAME.json, NAME.yml or NAME.yaml, with a "
                             "star in the last part of the path only");
    }
  }
  return {};
}

std::vector<std::string> Config::InactiveWarnings() const {
  std::vector<std::string> warnings;
  for (const Inactive& section : InactiveOf(*this)) warnings.push_back(section.Text());
  return warnings;
}

Result<Config> ParseConfig(std::string_view text, const std::string& path, ConfigOptions options) {
  ASSIGN_OR_RETURN(Config config, config::Parse<Config>(text, path));
  Status status = FinishJobs(config);
  const std::vector<Inactive> inactive = InactiveOf(config);
  if (status.ok() && !options.allow_inactive && !inactive.empty()) {
    status = config::ErrorAt(
        inactive.front().node->position,
        inactive.front().Text() + "; remove it, or accept that with --config.allow-inactive");
  }
  if (!status.ok()) return InvalidArgument(path, ":", status.message());
  ResolvePaths(config, path);
  return config;
}

Result<Config> LoadConfig(const std::string& path, ConfigOptions options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseConfig(text, path, options);
}

}  // namespace narthex::server
