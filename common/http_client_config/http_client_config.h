// How a client reaches its targets: the http_config fields of Prometheus, but OAuth 2 and proxies.
// Fields, defaults and rules follow prometheus/common's HTTPClientConfig.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CONFIG_HTTP_CLIENT_CONFIG_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CONFIG_HTTP_CLIENT_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/config/secret.h"
#include "common/config/tls_version.h"

namespace narthex {

// Each value is given itself or by a file, which is read again when it has changed.
struct BasicAuthConfig {
  std::string username, username_file;
  config::Secret password;
  std::string password_file;

  void Describe(auto& fields) {
    fields.Optional("username", username);
    fields.Optional("username_file", username_file);
    fields.Optional("password", password);
    fields.Optional("password_file", password_file);
  }
  Status Validate() const;
};

struct AuthorizationConfig {
  std::string type = "Bearer";
  config::Secret credentials;
  std::string credentials_file;

  void Describe(auto& fields) {
    fields.Optional("type", type);
    fields.Optional("credentials", credentials);
    fields.Optional("credentials_file", credentials_file);
  }
  Status Validate() const;
};

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
};

// The values of one header; each makes a line of its own.
struct HeaderConfig {
  std::vector<std::string> values;
  std::vector<config::Secret> secrets;
  std::vector<std::string> files;

  void Describe(auto& fields) {
    fields.Optional("values", values);
    fields.Optional("secrets", secrets);
    fields.Optional("files", files);
  }
};

struct HttpClientConfig {
  std::optional<BasicAuthConfig> basic_auth;
  std::optional<AuthorizationConfig> authorization;
  config::Secret bearer_token;    // the old way to say authorization
  std::string bearer_token_file;  // likewise
  TlsClientConfig tls_config;
  bool follow_redirects = true;
  bool enable_http2 = true;
  std::map<std::string, HeaderConfig> http_headers;

  // Also for structs that have these among their own fields; they call Validate() in theirs.
  void Describe(auto& fields) {
    fields.Optional("basic_auth", basic_auth);
    fields.Optional("authorization", authorization);
    fields.Optional("bearer_token", bearer_token);
    fields.Optional("bearer_token_file", bearer_token_file);
    fields.Optional("tls_config", tls_config);
    fields.Optional("follow_redirects", follow_redirects);
    fields.Optional("enable_http2", enable_http2);
    fields.Optional("http_headers", http_headers);
  }
  Status Validate() const;

  // Relative paths of files are meant from the folder of the configuration file `path`.
  void MakePathsRelativeTo(const std::string& path);
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CONFIG_HTTP_CLIENT_CONFIG_H_
