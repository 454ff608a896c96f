// prometheus.yml as structs. Defaults and rules follow Prometheus 3; fields that are not listed
// here are refused.
#ifndef NARTHEX_SERVER_CONFIG_CONFIG_H_
#define NARTHEX_SERVER_CONFIG_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/config/bind.h"
#include "common/http_client_config/http_client_config.h"

namespace narthex::server {

struct GlobalConfig {
  Duration scrape_interval = Duration::Seconds(60);
  Duration scrape_timeout{0};  // 0 until defaults are filled in: ten seconds, or the interval
  Duration evaluation_interval = Duration::Seconds(60);
  std::map<std::string, std::string> external_labels;

  void Describe(auto& fields) {
    fields.Optional("scrape_interval", scrape_interval);
    fields.Optional("scrape_timeout", scrape_timeout);
    fields.Optional("evaluation_interval", evaluation_interval);
    fields.Optional("external_labels", external_labels);
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
  HttpClientConfig http;  // its fields stand among these
  std::vector<StaticConfig> static_configs;

  void Describe(auto& fields) {
    fields.Required("job_name", job_name);
    fields.Optional("scrape_interval", scrape_interval);
    fields.Optional("scrape_timeout", scrape_timeout);
    fields.Optional("metrics_path", metrics_path);
    fields.Optional("scheme", scheme);
    fields.Optional("params", params);
    fields.Optional("honor_labels", honor_labels);
    fields.Optional("honor_timestamps", honor_timestamps);
    http.Describe(fields);
    fields.Optional("static_configs", static_configs);
  }
  Status Validate() const;
};

struct Config {
  GlobalConfig global;
  std::vector<ScrapeConfig> scrape_configs;

  void Describe(auto& fields) {
    fields.Optional("global", global);
    fields.Optional("scrape_configs", scrape_configs);
  }
};

// Reads a file and fills in what jobs take from the global section. kInvalidArgument
// "prometheus.yml:12:5: …".
Result<Config> LoadConfig(const std::string& path);
Result<Config> ParseConfig(std::string_view text, std::string_view file);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_CONFIG_H_
