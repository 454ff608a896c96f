// remote_write and remote_read. Checked in full; this server does not act on them. Fields, defaults
// and rules follow Prometheus 3.14.
#ifndef NARTHEX_SERVER_CONFIG_REMOTE_CONFIG_H_
#define NARTHEX_SERVER_CONFIG_REMOTE_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/http_client_config/http_client_config.h"
#include "common/http_client_config/url.h"
#include "common/relabel/relabel.h"
#include "server/config/cloud_auth_config.h"

namespace narthex::server {

struct QueueConfig {
  int64_t capacity = 10'000;  // samples a shard
  int64_t max_shards = 50;
  int64_t min_shards = 1;
  int64_t max_samples_per_send = 2'000;
  Duration batch_send_deadline = Duration::Seconds(5);
  Duration min_backoff{30};
  Duration max_backoff = Duration::Seconds(5);
  bool retry_on_http_429 = false;
  Duration sample_age_limit{0};  // older ones are not sent; 0: all are

  void Describe(auto& fields) {
    fields.Optional("capacity", capacity);
    fields.Optional("max_shards", max_shards);
    fields.Optional("min_shards", min_shards);
    fields.Optional("max_samples_per_send", max_samples_per_send);
    fields.Optional("batch_send_deadline", batch_send_deadline);
    fields.Optional("min_backoff", min_backoff);
    fields.Optional("max_backoff", max_backoff);
    fields.Optional("retry_on_http_429", retry_on_http_429);
    fields.Optional("sample_age_limit", sample_age_limit);
  }
  Status Validate() const;
};

struct RemoteMetadataConfig {
  bool send = true;
  Duration send_interval = Duration::Seconds(60);
  int64_t max_samples_per_send = 2'000;

  void Describe(auto& fields) {
    fields.Optional("send", send);
    fields.Optional("send_interval", send_interval);
    fields.Optional("max_samples_per_send", max_samples_per_send);
  }
};

// A client without HTTP/2, as the reference's for remote write.
struct RemoteHttpClientConfig : HttpClientConfig {
  RemoteHttpClientConfig() { enable_http2 = false; }
};

struct RemoteWriteConfig {
  config::Position position;
  Url url;
  Duration remote_timeout = Duration::Seconds(30);
  std::map<std::string, std::string> headers;
  std::vector<RelabelRule> write_relabel_configs;
  std::string name;
  bool send_exemplars = false;
  bool send_native_histograms = false;
  bool round_robin_dns = false;
  std::string protobuf_message = "prometheus.WriteRequest";
  bool failed_request_logging = false;
  RemoteHttpClientConfig http;  // its fields stand among these
  QueueConfig queue_config;
  RemoteMetadataConfig metadata_config;
  std::optional<SigV4Config> sigv4;
  std::optional<AzureAdConfig> azuread;
  std::optional<GoogleIamConfig> google_iam;

  void Describe(auto& fields) {
    fields.Optional("url", url);
    fields.Optional("remote_timeout", remote_timeout);
    fields.Optional("headers", headers);
    fields.Optional("write_relabel_configs", write_relabel_configs);
    fields.Optional("name", name);
    fields.Optional("send_exemplars", send_exemplars);
    fields.Optional("send_native_histograms", send_native_histograms);
    fields.Optional("round_robin_dns", round_robin_dns);
    fields.Optional("protobuf_message", protobuf_message);
    fields.Optional("failed_request_logging", failed_request_logging);
    http.Describe(fields);
    fields.Optional("queue_config", queue_config);
    fields.Optional("metadata_config", metadata_config);
    fields.Optional("sigv4", sigv4);
    fields.Optional("azuread", azuread);
    fields.Optional("google_iam", google_iam);
  }
  Status Validate() const;
};

struct RemoteReadConfig {
  config::Position position;
  Url url;
  Duration remote_timeout = Duration::Seconds(60);
  uint64_t chunked_read_limit = 50'000'000;  // bytes of a frame
  std::map<std::string, std::string> headers;
  bool read_recent = false;
  std::string name;
  HttpClientConfig http;  // its fields stand among these
  std::map<std::string, std::string> required_matchers;
  bool filter_external_labels = true;

  void Describe(auto& fields) {
    fields.Optional("url", url);
    fields.Optional("remote_timeout", remote_timeout);
    fields.Optional("chunked_read_limit", chunked_read_limit);
    fields.Optional("headers", headers);
    fields.Optional("read_recent", read_recent);
    fields.Optional("name", name);
    http.Describe(fields);
    fields.Optional("required_matchers", required_matchers);
    fields.Optional("filter_external_labels", filter_external_labels);
  }
  Status Validate() const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_REMOTE_CONFIG_H_
