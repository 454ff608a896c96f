// Where alerts go. Checked in full; this server does not act on it. Fields, defaults and rules
// follow Prometheus 3.14.
#ifndef NARTHEX_SERVER_CONFIG_ALERTING_CONFIG_H_
#define NARTHEX_SERVER_CONFIG_ALERTING_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "common/relabel/relabel.h"
#include "server/config/cloud_auth_config.h"
#include "server/config/discovery_configs.h"

namespace narthex::server {

struct AlertmanagerConfig {
  DiscoveryConfigs discovery;  // its fields and those of http stand among these
  HttpClientConfig http;
  std::optional<SigV4Config> sigv4;
  std::string scheme = "http";
  std::string path_prefix;
  Duration timeout = Duration::Seconds(10);
  std::string api_version = "v2";
  std::vector<RelabelRule> relabel_configs;        // of alertmanagers
  std::vector<RelabelRule> alert_relabel_configs;  // of alerts sent to these

  void Describe(auto& fields) {
    discovery.Describe(fields);
    http.Describe(fields);
    fields.Optional("sigv4", sigv4);
    fields.Optional("scheme", scheme);
    fields.Optional("path_prefix", path_prefix);
    fields.Optional("timeout", timeout);
    fields.Optional("api_version", api_version);
    fields.Optional("relabel_configs", relabel_configs);
    fields.Optional("alert_relabel_configs", alert_relabel_configs);
  }
  Status Validate() const;
};

struct AlertingConfig {
  std::vector<RelabelRule> alert_relabel_configs;
  std::vector<AlertmanagerConfig> alertmanagers;

  void Describe(auto& fields) {
    fields.Optional("alert_relabel_configs", alert_relabel_configs);
    fields.Optional("alertmanagers", alertmanagers);
  }
  bool empty() const { return alert_relabel_configs.empty() && alertmanagers.empty(); }
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_ALERTING_CONFIG_H_
