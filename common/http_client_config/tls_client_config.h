// TLS as a client: the tls_config section of Prometheus.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CONFIG_TLS_CLIENT_CONFIG_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CONFIG_TLS_CLIENT_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "common/config/secret.h"
#include "common/config/tls_version.h"

namespace narthex {

struct TlsClientConfig {
  std::string ca, ca_file;  // PEM; without either, the system's
  std::string cert, cert_file;
  config::Secret key;
  std::string key_file;
  std::string server_name;  // asked for and checked, in place of the URL's host
  bool insecure_skip_verify = false;
  config::TlsVersion min_version = config::TlsVersion::kTls12;
  std::optional<config::TlsVersion> max_version;

  void Describe(auto& fields) {
    fields.Optional("ca", ca);
    fields.Optional("ca_file", ca_file);
    fields.Optional("cert", cert);
    fields.Optional("cert_file", cert_file);
    fields.Optional("key", key);
    fields.Optional("key_file", key_file);
    fields.Optional("server_name", server_name);
    fields.Optional("insecure_skip_verify", insecure_skip_verify);
    fields.Optional("min_version", min_version);
    fields.Optional("max_version", max_version);
  }
  Status Validate() const;

  std::vector<std::string*> Files();  // the paths of all files that it names; some may be empty
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CONFIG_TLS_CLIENT_CONFIG_H_
