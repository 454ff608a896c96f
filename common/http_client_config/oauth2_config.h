// OAuth 2.0 for a client: where it gets the token that it shows its targets. Fields and rules
// follow the oauth2 section of Prometheus (RFC 6749 section 4.4, RFC 7523 section 2.1).
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CONFIG_OAUTH2_CONFIG_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CONFIG_OAUTH2_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "common/config/bind.h"
#include "common/config/secret.h"
#include "common/http_client_config/proxy_config.h"
#include "common/http_client_config/tls_client_config.h"

namespace narthex {

struct OAuth2Config {
  std::string client_id;
  config::Secret client_secret;
  std::string client_secret_file;
  std::string client_certificate_key_id;
  config::Secret client_certificate_key;  // PEM; signs the assertion of jwt-bearer
  std::string client_certificate_key_file;
  std::string grant_type;           // empty: client_credentials
  std::string signature_algorithm;  // RS256, RS384, RS512; empty: RS256
  std::string iss;                  // of the assertion; empty: client_id
  std::string audience;             // of the assertion; empty: token_url
  std::map<std::string, config::Node> claims;
  std::vector<std::string> scopes;
  std::string token_url;
  std::map<std::string, std::string> endpoint_params;
  TlsClientConfig tls_config;
  ProxyConfig proxy;  // its fields stand among these

  void Describe(auto& fields) {
    fields.Optional("client_id", client_id);
    fields.Optional("client_secret", client_secret);
    fields.Optional("client_secret_file", client_secret_file);
    fields.Optional("client_certificate_key_id", client_certificate_key_id);
    fields.Optional("client_certificate_key", client_certificate_key);
    fields.Optional("client_certificate_key_file", client_certificate_key_file);
    fields.Optional("grant_type", grant_type);
    fields.Optional("signature_algorithm", signature_algorithm);
    fields.Optional("iss", iss);
    fields.Optional("audience", audience);
    fields.Optional("claims", claims);
    fields.Optional("scopes", scopes);
    fields.Optional("token_url", token_url);
    fields.Optional("endpoint_params", endpoint_params);
    fields.Optional("tls_config", tls_config);
    proxy.Describe(fields);
  }
  Status Validate() const;

  bool SignsAssertion() const;  // jwt-bearer

  std::vector<std::string*> Files();  // the paths of all files that it names; some may be empty
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CONFIG_OAUTH2_CONFIG_H_
