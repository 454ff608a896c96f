// How a client reaches its targets: the http_config fields of Prometheus. Fields, defaults and
// rules follow prometheus/common's HTTPClientConfig.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CONFIG_HTTP_CLIENT_CONFIG_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CONFIG_HTTP_CLIENT_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/config/secret.h"
#include "common/http_client_config/oauth2_config.h"
#include "common/http_client_config/proxy_config.h"
#include "common/http_client_config/tls_client_config.h"

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
  std::optional<OAuth2Config> oauth2;
  config::Secret bearer_token;    // the old way to say authorization
  std::string bearer_token_file;  // likewise
  TlsClientConfig tls_config;
  ProxyConfig proxy;  // its fields stand among these
  bool follow_redirects = true;
  bool enable_http2 = true;
  std::map<std::string, HeaderConfig> http_headers;

  // Also for structs that have these among their own fields; they call Validate() in theirs.
  void Describe(auto& fields) {
    fields.Optional("basic_auth", basic_auth);
    fields.Optional("authorization", authorization);
    fields.Optional("oauth2", oauth2);
    fields.Optional("bearer_token", bearer_token);
    fields.Optional("bearer_token_file", bearer_token_file);
    fields.Optional("tls_config", tls_config);
    proxy.Describe(fields);
    fields.Optional("follow_redirects", follow_redirects);
    fields.Optional("enable_http2", enable_http2);
    fields.Optional("http_headers", http_headers);
  }
  Status Validate() const;

  // The paths of all files that it names; some may be empty.
  std::vector<std::string*> Files();
  // Relative paths of files are meant from the folder of the configuration file `path`.
  void MakePathsRelativeTo(const std::string& path);
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CONFIG_HTTP_CLIENT_CONFIG_H_
