#include "server/config/config.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "common/fs/files.h"
#include "server/config/environment.h"
#include "server/config/inactive.h"
#include "server/config/label_rules.h"

namespace narthex::server {
namespace {

constexpr Duration kDefaultTimeout = Duration::Seconds(10);

// A file of scrape_config_files.
struct JobFile {
  std::vector<ScrapeConfig> scrape_configs;

  void Describe(auto& fields) { fields.Optional("scrape_configs", scrape_configs); }
};

// As the reference: a star may stand in the last part of a path only, and once.
Status CheckGlobs(const std::vector<std::string>& paths, std::string_view field) {
  for (const std::string& path : paths) {
    const size_t star = path.find('*');
    if (star == std::string::npos) continue;
    if (path.find_first_of("*/", star + 1) != std::string::npos)
      return InvalidArgument(field, ": ", Quote(path),
                             ": a star may stand in the last part of a path only, and once");
  }
  return {};
}

// Names that are given must differ.
template <typename T>
Status CheckNames(const std::vector<T>& sections, std::string_view field) {
  std::set<std::string_view> names;
  for (const T& section : sections) {
    if (!section.name.empty() && !names.insert(section.name).second)
      return config::ErrorAt(section.position,
                             std::string(field) + ": name " + Quote(section.name) + " comes twice");
  }
  return {};
}

// Fills in what a job takes from the global section, and checks it against that.
Status FinishJob(const GlobalConfig& global, ScrapeConfig& job) {
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
  Status status = job.options.Check();
  for (const auto* rules : {&job.relabel_configs, &job.metric_relabel_configs}) {
    if (status.ok()) status = CheckTargetLabels(*rules, job.options.Names());
  }
  if (!status.ok()) return config::ErrorAt(job.position, status.message());
  return {};
}

// Relative paths are meant from the folder of the configuration file.
void ResolvePaths(ScrapeConfig& job, const std::string& path) {
  job.http.MakePathsRelativeTo(path);
  job.discovery.MakePathsRelativeTo(path);
  std::string& failure_log = job.options.scrape_failure_log_file;
  failure_log = PathFromFile(path, failure_log);
}

void ResolvePaths(Config& config, const std::string& path) {
  for (ScrapeConfig& job : config.scrape_configs) ResolvePaths(job, path);
  for (auto* files : {&config.rule_files.value, &config.scrape_config_files}) {
    for (std::string& file : *files) file = PathFromFile(path, file);
  }
  std::string& query_log = config.global.query_log_file;
  query_log = PathFromFile(path, query_log);
}

class Loader {
 public:
  Loader(std::string path, Config& config) : path_(std::move(path)), config_(config) {}

  Status Finish() {
    GlobalConfig& global = config_.global;
    if (global.scrape_timeout.ms == 0)
      global.scrape_timeout.ms = std::min(kDefaultTimeout.ms, global.scrape_interval.ms);
    for (auto& [name, value] : global.external_labels) {
      value = ExpandVariables(value, [](const std::string& variable) {
        const char* found = std::getenv(variable.c_str());
        return std::string(found == nullptr ? "" : found);
      });
    }
    for (ScrapeConfig& job : config_.scrape_configs) RETURN_IF_ERROR(AddJob(job, path_));
    ResolvePaths(config_, path_);
    for (const std::string& pattern : config_.scrape_config_files)
      RETURN_IF_ERROR(AddJobFiles(pattern));
    return {};
  }

 private:
  Status AddJob(ScrapeConfig& job, const std::string& path) {
    const auto [first, added] = first_file_.emplace(job.job_name, path);
    Status status = FinishJob(config_.global, job);
    if (!added) {
      status = config::ErrorAt(
          job.position, "found multiple scrape configs with job name " + Quote(job.job_name) +
                            (first->second == path ? "" : ", the first in " + first->second));
    }
    return status.ok() ? status : InvalidArgument(path, ":", status.message());
  }

  Status AddJobFiles(const std::string& pattern) {
    for (const std::string& file : MatchFiles(pattern)) {
      ASSIGN_OR_RETURN(JobFile found, config::Load<JobFile>(file));
      for (ScrapeConfig& job : found.scrape_configs) {
        RETURN_IF_ERROR(AddJob(job, file));
        ResolvePaths(job, file);
        config_.scrape_configs.push_back(std::move(job));
      }
    }
    return {};
  }

  const std::string path_;
  Config& config_;
  std::map<std::string, std::string> first_file_;  // by job
};

}  // namespace

Status GlobalConfig::Validate() const {
  if (scrape_interval.ms <= 0) return InvalidArgument("scrape_interval must be above zero");
  if (scrape_timeout > scrape_interval)
    return InvalidArgument("global scrape timeout greater than scrape interval");
  RETURN_IF_ERROR(options.Check());
  return CheckLabels(external_labels, options.Names());
}

Status ScrapeConfig::Validate() const {
  if (job_name.empty()) return InvalidArgument("job_name is empty");
  if (scheme != "http" && scheme != "https")
    return InvalidArgument("unknown scheme ", Quote(scheme), ", want http or https");
  if (metrics_path.empty() || metrics_path[0] != '/')
    return InvalidArgument("metrics_path must begin with '/'");
  if (relabel_configs.empty()) RETURN_IF_ERROR(discovery.RefuseUrls());
  return http.Validate();
}

Status Config::Validate() const {
  RETURN_IF_ERROR(CheckGlobs(rule_files.value, "rule_files"));
  RETURN_IF_ERROR(CheckGlobs(scrape_config_files, "scrape_config_files"));
  if (otlp && otlp->KeepsUtf8() && global.options.Names() == openmetrics::NameScheme::kLegacy) {
    return InvalidArgument("otlp: translation_strategy ", otlp->translation_strategy,
                           " wants the utf8 metric_name_validation_scheme");
  }
  return {};
}

Result<Config> ParseConfig(std::string_view text, const std::string& path, ConfigOptions options) {
  ASSIGN_OR_RETURN(Config config, config::Parse<Config>(text, path));
  Status names = CheckNames(config.remote_write.value, "remote_write");
  if (names.ok()) names = CheckNames(config.remote_read.value, "remote_read");
  if (!names.ok()) return InvalidArgument(path, ":", names.message());
  if (options.start_times || options.start_zeros) config.global.options.PreferProtobuf();
  if (options.extra_scrape_metrics && !config.global.options.extra_scrape_metrics)
    config.global.options.extra_scrape_metrics = true;
  RETURN_IF_ERROR(Loader(path, config).Finish());
  const std::vector<Inactive> inactive = InactiveParts(config);
  if (!options.allow_inactive && !inactive.empty()) {
    const Status status = config::ErrorAt(
        inactive.front().position,
        inactive.front().Text() + "; remove it, or accept that with --config.allow-inactive");
    return InvalidArgument(path, ":", status.message());
  }
  std::string& floats = config.storage.value.tsdb.chunk_encoding.floats;
  if (floats.empty() && options.xor2_default) floats = "xor2";
  if (options.start_times && floats != "xor2") {
    return InvalidArgument(path,
                           ": storage.tsdb.chunk_encoding.floats: want xor2, since "
                           "--enable-feature=st-storage stores start times");
  }
  return config;
}

Result<Config> LoadConfig(const std::string& path, ConfigOptions options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseConfig(text, path, options);
}

}  // namespace narthex::server
