// Where a job finds its targets: the *_sd_configs of a job and of alertmanagers. Fields, defaults
// and rules follow Prometheus' discoveries.
#ifndef NARTHEX_SERVER_CONFIG_DISCOVERY_CONFIGS_H_
#define NARTHEX_SERVER_CONFIG_DISCOVERY_CONFIGS_H_

#include <map>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/http_client_config/http_client_config.h"
#include "server/config/other_discoveries.h"

namespace narthex::server {

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
    fields.Optional("files", files);
    fields.Optional("refresh_interval", refresh_interval);
  }
  Status Validate() const;
};

// Groups as the JSON answer of a server.
struct HttpSdConfig {
  std::string url;
  Duration refresh_interval = Duration::Seconds(60);
  HttpClientConfig http;  // its fields stand among these

  void Describe(auto& fields) {
    fields.Optional("url", url);
    fields.Optional("refresh_interval", refresh_interval);
    http.Describe(fields);
  }
  Status Validate() const;
};

enum class DnsRecordType : unsigned char { kSrv, kA, kAaaa, kMx, kNs };
Status FromText(std::string_view text, DnsRecordType& type);  // in any case
std::string ToText(DnsRecordType type);

struct DnsSdConfig {
  std::vector<std::string> names;
  Duration refresh_interval = Duration::Seconds(30);
  DnsRecordType type = DnsRecordType::kSrv;
  uint64_t port = 0;  // of every target; SRV records have their own

  void Describe(auto& fields) {
    fields.Optional("names", names);
    fields.Optional("refresh_interval", refresh_interval);
    fields.Optional("type", type);
    fields.Optional("port", port);
  }
  Status Validate() const;
};

struct DiscoveryConfigs {
  std::vector<StaticConfig> static_configs;
  std::vector<FileSdConfig> file_sd_configs;
  std::vector<HttpSdConfig> http_sd_configs;
  std::vector<DnsSdConfig> dns_sd_configs;
  OtherDiscoveries others;  // that this server checks and cannot do

  void Describe(auto& fields) {
    fields.Optional("static_configs", static_configs);
    fields.Optional("file_sd_configs", file_sd_configs);
    fields.Optional("http_sd_configs", http_sd_configs);
    fields.Optional("dns_sd_configs", dns_sd_configs);
    others.Describe(fields);
  }

  // Static targets that look like URLs; of a job that relabels none, they are mistakes.
  Status RefuseUrls() const;
  // Relative paths of files are meant from the folder of the configuration file `path`.
  void MakePathsRelativeTo(const std::string& path);
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_DISCOVERY_CONFIGS_H_
