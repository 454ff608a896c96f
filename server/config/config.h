// prometheus.yml as structs. Fields, defaults and rules follow Prometheus 3.14; fields that are not
// listed here are refused.
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
#include "server/config/alerting_config.h"
#include "server/config/discovery_configs.h"
#include "server/config/remote_config.h"
#include "server/config/scrape_options.h"
#include "server/config/storage_config.h"
#include "server/config/telemetry_config.h"

namespace narthex::server {

struct GlobalConfig {
  Duration scrape_interval = Duration::Seconds(60);
  Duration scrape_timeout{0};  // 0 until defaults are filled in: ten seconds, or the interval
  Duration evaluation_interval = Duration::Seconds(60);
  Duration rule_query_offset{0};
  std::string query_log_file;
  // When loaded, with variables of the environment filled in: $NAME, ${NAME}, and $$ for a dollar.
  std::map<std::string, std::string> external_labels;
  ScrapeOptions options;  // its fields stand among these

  void Describe(auto& fields) {
    fields.Optional("scrape_interval", scrape_interval);
    fields.Optional("scrape_timeout", scrape_timeout);
    fields.Optional("evaluation_interval", evaluation_interval);
    fields.Optional("rule_query_offset", rule_query_offset);
    fields.Optional("query_log_file", query_log_file);
    fields.Optional("external_labels", external_labels);
    options.Describe(fields);
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
  DiscoveryConfigs discovery;                       // likewise
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
    discovery.Describe(fields);
    fields.Optional("relabel_configs", relabel_configs);
    fields.Optional("metric_relabel_configs", metric_relabel_configs);
  }
  Status Validate() const;
};

// Tuning of Go's runtime, which is not here.
struct RuntimeConfig {
  int64_t gogc = 75;

  void Describe(auto& fields) { fields.Optional("gogc", gogc); }
};

struct Config {
  GlobalConfig global;
  std::optional<RuntimeConfig> runtime;
  config::Placed<AlertingConfig> alerting;
  config::Placed<std::vector<std::string>> rule_files;
  std::vector<std::string> scrape_config_files;  // whose jobs are among scrape_configs
  std::vector<ScrapeConfig> scrape_configs;
  config::Placed<StorageConfig> storage;
  std::optional<TracingConfig> tracing;
  config::Placed<std::vector<RemoteWriteConfig>> remote_write;
  config::Placed<std::vector<RemoteReadConfig>> remote_read;
  std::optional<OtlpConfig> otlp;

  void Describe(auto& fields) {
    fields.Optional("global", global);
    fields.Optional("runtime", runtime);
    fields.Optional("alerting", alerting);
    fields.Optional("rule_files", rule_files);
    fields.Optional("scrape_config_files", scrape_config_files);
    fields.Optional("scrape_configs", scrape_configs);
    fields.Optional("storage", storage);
    fields.Optional("tracing", tracing);
    fields.Optional("remote_write", remote_write);
    fields.Optional("remote_read", remote_read);
    fields.Optional("otlp", otlp);
  }
  Status Validate() const;
};

struct ConfigOptions {
  bool start_times = false;           // are stored: floats have to be encoded as xor2
  bool start_zeros = false;           // are stored at these times; both ask for protobuf first
  bool xor2_default = false;          // floats are encoded so where the configuration does not say
  bool allow_inactive = false;        // else a section that would do nothing is an error
  bool extra_scrape_metrics = false;  // what a configuration means that does not say
};

// Reads a file and fills in what jobs take from the global section. kInvalidArgument
// "prometheus.yml:12:5: …".
Result<Config> LoadConfig(const std::string& path, ConfigOptions options = {});
Result<Config> ParseConfig(std::string_view text, const std::string& path,
                           ConfigOptions options = {});

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_CONFIG_H_
