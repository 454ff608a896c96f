// prometheus.yml as structs. Defaults and rules follow Prometheus 3; fields that are not listed
// here are refused.
#ifndef NARTHEX_SERVER_CONFIG_CONFIG_H_
#define NARTHEX_SERVER_CONFIG_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/config/bind.h"
#include "common/http_client_config/http_client_config.h"
#include "common/relabel/relabel.h"
#include "server/config/scrape_options.h"

namespace narthex::server {

struct GlobalConfig {
  Duration scrape_interval = Duration::Seconds(60);
  Duration scrape_timeout{0};  // 0 until defaults are filled in: ten seconds, or the interval
  Duration evaluation_interval = Duration::Seconds(60);
  std::map<std::string, std::string> external_labels;
  ScrapeOptions options;  // its fields stand among these

  void Describe(auto& fields) {
    fields.Optional("scrape_interval", scrape_interval);
    fields.Optional("scrape_timeout", scrape_timeout);
    fields.Optional("evaluation_interval", evaluation_interval);
    fields.Optional("external_labels", external_labels);
    options.Describe(fields);
  }
  Status Validate() const;
};

struct StaticConfig {
  std::vector<std::string> targets;  // "host:port"
  std::map<std::string, std::string> labels;

  void Describe(auto& fields) {
    fields.Optional("targets", targets);
    fields.Optional("labels", labels);
  }
  Status Validate() const;
};

struct FileSdConfig {
  // Paths; in the last part of one a star stands for anything. Relative ones become relative to the
  // configuration when that is loaded.
  std::vector<std::string> files;
  Duration refresh_interval = Duration::Seconds(5 * 60);

  void Describe(auto& fields) {
    fields.Required("files", files);
    fields.Optional("refresh_interval", refresh_interval);
  }
  Status Validate() const;
};

struct ScrapeConfig {
  config::Position position;
  std::string job_name;
  Duration scrape_interval{0};  // 0 until filled in from the global section
  Duration scrape_timeout{0};
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  std::map<std::string, std::vector<std::string>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;  // series with times of their own get end markers too
  bool enable_compression = true;           // ask for gzip
  // What a body without a known Content-Type is read as; without it such a body is refused.
  std::optional<ScrapeProtocol> fallback_scrape_protocol;
  uint64_t native_histogram_bucket_limit = 0;  // buckets of one histogram; 0: no limit
  // The least growth from one bucket to the next, else they are merged; 0: as they come.
  double native_histogram_min_bucket_factor = 0;
  ScrapeOptions options;  // its fields and those of http stand among these
  HttpClientConfig http;
  std::vector<StaticConfig> static_configs;
  std::vector<FileSdConfig> file_sd_configs;
  std::vector<RelabelRule> relabel_configs;         // of targets
  std::vector<RelabelRule> metric_relabel_configs;  // of samples

  void Describe(auto& fields) {
    fields.Required("job_name", job_name);
    fields.Optional("scrape_interval", scrape_interval);
    fields.Optional("scrape_timeout", scrape_timeout);
    fields.Optional("metrics_path", metrics_path);
    fields.Optional("scheme", scheme);
    fields.Optional("params", params);
    fields.Optional("honor_labels", honor_labels);
    fields.Optional("honor_timestamps", honor_timestamps);
    fields.Optional("track_timestamps_staleness", track_timestamps_staleness);
    fields.Optional("enable_compression", enable_compression);
    fields.Optional("fallback_scrape_protocol", fallback_scrape_protocol);
    fields.Optional("native_histogram_bucket_limit", native_histogram_bucket_limit);
    fields.Optional("native_histogram_min_bucket_factor", native_histogram_min_bucket_factor);
    options.Describe(fields);
    http.Describe(fields);
    fields.Optional("static_configs", static_configs);
    fields.Optional("file_sd_configs", file_sd_configs);
    fields.Optional("relabel_configs", relabel_configs);
    fields.Optional("metric_relabel_configs", metric_relabel_configs);
  }
  Status Validate() const;
};

struct ExemplarsConfig {
  int64_t max_exemplars = 100'000;  // that are kept; none where it is not above 0

  void Describe(auto& fields) { fields.Optional("max_exemplars", max_exemplars); }
};

struct TsdbConfig {
  Duration out_of_order_time_window{0};  // 0: samples out of order are refused

  void Describe(auto& fields) {
    fields.Optional("out_of_order_time_window", out_of_order_time_window);
  }
};

struct StorageConfig {
  TsdbConfig tsdb;
  ExemplarsConfig exemplars;

  void Describe(auto& fields) {
    fields.Optional("tsdb", tsdb);
    fields.Optional("exemplars", exemplars);
  }
};

// Sections that other servers act on and this one does not. Passed over in silence they would mean
// alerts that never fire and samples that never arrive.
struct InactiveSections {
  config::Node rule_files;
  config::Node alerting;
  config::Node remote_write;
  config::Node remote_read;
};

struct Config {
  GlobalConfig global;
  std::vector<ScrapeConfig> scrape_configs;
  StorageConfig storage;
  InactiveSections inactive;

  void Describe(auto& fields) {
    fields.Optional("global", global);
    fields.Optional("scrape_configs", scrape_configs);
    fields.Optional("storage", storage);
    fields.Optional("rule_files", inactive.rule_files);
    fields.Optional("alerting", inactive.alerting);
    fields.Optional("remote_write", inactive.remote_write);
    fields.Optional("remote_read", inactive.remote_read);
  }

  // For each inactive section that has something in it: what will not happen.
  std::vector<std::string> InactiveWarnings() const;
};

struct ConfigOptions {
  bool allow_inactive = false;  // else a section that would do nothing is an error
};

// Reads a file and fills in what jobs take from the global section. kInvalidArgument
// "prometheus.yml:12:5: …".
Result<Config> LoadConfig(const std::string& path, ConfigOptions options = {});
Result<Config> ParseConfig(std::string_view text, const std::string& path,
                           ConfigOptions options = {});

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_CONFIG_H_
