// The sections tracing and otlp. Checked in full; this server neither traces itself nor takes OTLP.
// Fields, defaults and rules follow Prometheus 3.14.
#ifndef NARTHEX_SERVER_CONFIG_TELEMETRY_CONFIG_H_
#define NARTHEX_SERVER_CONFIG_TELEMETRY_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/http_client_config/tls_client_config.h"

namespace narthex::server {

struct TracingConfig {
  std::string client_type = "grpc";  // or "http"
  std::string endpoint;
  double sampling_fraction = 0;
  bool insecure = false;
  TlsClientConfig tls_config;
  std::map<std::string, std::string> headers;
  std::string compression;  // "gzip", or none
  Duration timeout{0};

  void Describe(auto& fields) {
    fields.Optional("client_type", client_type);
    fields.Optional("endpoint", endpoint);
    fields.Optional("sampling_fraction", sampling_fraction);
    fields.Optional("insecure", insecure);
    fields.Optional("tls_config", tls_config);
    fields.Optional("headers", headers);
    fields.Optional("compression", compression);
    fields.Optional("timeout", timeout);
  }
  Status Validate() const;
};

struct OtlpConfig {
  bool promote_all_resource_attributes = false;
  std::vector<std::string> promote_resource_attributes;
  std::vector<std::string> ignore_resource_attributes;
  std::string translation_strategy = "UnderscoreEscapingWithSuffixes";
  bool keep_identifying_resource_attributes = false;
  bool convert_histograms_to_nhcb = false;
  bool promote_scope_metadata = false;
  bool label_name_underscore_sanitization = true;
  bool label_name_preserve_multiple_underscores = true;

  void Describe(auto& fields) {
    fields.Optional("promote_all_resource_attributes", promote_all_resource_attributes);
    fields.Optional("promote_resource_attributes", promote_resource_attributes);
    fields.Optional("ignore_resource_attributes", ignore_resource_attributes);
    fields.Optional("translation_strategy", translation_strategy);
    fields.Optional("keep_identifying_resource_attributes", keep_identifying_resource_attributes);
    fields.Optional("convert_histograms_to_nhcb", convert_histograms_to_nhcb);
    fields.Optional("promote_scope_metadata", promote_scope_metadata);
    fields.Optional("label_name_underscore_sanitization", label_name_underscore_sanitization);
    fields.Optional("label_name_preserve_multiple_underscores",
                    label_name_preserve_multiple_underscores);
  }
  Status Validate() const;

  // Whether names keep characters that the legacy scheme does not have.
  bool KeepsUtf8() const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_TELEMETRY_CONFIG_H_
