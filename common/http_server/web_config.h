// The file of --web.config.file: TLS, headers, users and a rate limit, in the format of the
// exporter toolkit. Fields, defaults and rules follow its docs/web-configuration.md and behaviour.
#ifndef NARTHEX_COMMON_HTTP_SERVER_WEB_CONFIG_H_
#define NARTHEX_COMMON_HTTP_SERVER_WEB_CONFIG_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/bind.h"
#include "common/config/go_duration.h"
#include "common/config/secret.h"
#include "common/config/tls_version.h"

namespace narthex {

using config::TlsVersion;

// What a client's certificate has to be. Only the last makes sure who the client is.
enum class ClientAuth : unsigned char {
  kNone,             // not asked for
  kRequest,          // asked for, looked at by nobody
  kRequireAny,       // required, whoever signed it
  kVerifyIfGiven,    // where there is one, it is of our CA
  kRequireAndVerify  // required, and of our CA
};
Status FromText(std::string_view text, ClientAuth& auth);

// A cipher suite of TLS 1.0 to 1.2 by its IANA name, as Go offers them; those of 1.3 are fixed.
struct CipherSuite {
  std::string openssl_name;  // empty: of TLS 1.3
};
Status FromText(std::string_view text, CipherSuite& suite);
// All of the above for TLS 1.2, best first.
std::vector<CipherSuite> DefaultCipherSuites();

struct EllipticCurve {
  std::string openssl_name;
};
Status FromText(std::string_view text, EllipticCurve& curve);

struct TlsServerConfig {
  std::string cert, cert_file;  // PEM, and a file of it
  config::Secret key;
  std::string key_file;
  std::string client_ca, client_ca_file;
  ClientAuth client_auth_type = ClientAuth::kNone;
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::kTls12;
  TlsVersion max_version = TlsVersion::kTls13;
  std::vector<CipherSuite> cipher_suites;
  bool prefer_server_cipher_suites = true;
  std::vector<EllipticCurve> curve_preferences;

  void Describe(auto& fields) {
    fields.Optional("cert", cert);
    fields.Optional("cert_file", cert_file);
    fields.Optional("key", key);
    fields.Optional("key_file", key_file);
    fields.Optional("client_ca", client_ca);
    fields.Optional("client_ca_file", client_ca_file);
    fields.Optional("client_auth_type", client_auth_type);
    fields.Optional("client_allowed_sans", client_allowed_sans);
    fields.Optional("min_version", min_version);
    fields.Optional("max_version", max_version);
    fields.Optional("cipher_suites", cipher_suites);
    fields.Optional("prefer_server_cipher_suites", prefer_server_cipher_suites);
    fields.Optional("curve_preferences", curve_preferences);
  }
  Status Validate() const;

  // Without any of certificate, key and client CA the section stands for plain HTTP.
  bool enabled() const;
};

struct HttpServerConfig {
  // Taken for the sake of existing files: HTTP/1.1 is what is spoken, and ALPN tells clients so.
  bool http2 = true;
  std::map<std::string, std::string> headers;  // put into every answer; empty ones are left out

  void Describe(auto& fields) {
    fields.Optional("http2", http2);
    fields.Optional("headers", headers);
  }
  Status Validate() const;
};

struct RateLimitConfig {
  GoDuration interval;  // between two requests in the long run; 0 is no limit
  int64_t burst = 0;    // requests at once

  void Describe(auto& fields) {
    fields.Optional("interval", interval);
    fields.Optional("burst", burst);
  }
  Status Validate() const;
};

struct WebConfig {
  TlsServerConfig tls_server_config;
  HttpServerConfig http_server_config;
  std::map<std::string, config::Secret> basic_auth_users;  // name to bcrypt hash
  RateLimitConfig rate_limit;

  void Describe(auto& fields) {
    fields.Optional("tls_server_config", tls_server_config);
    fields.Optional("http_server_config", http_server_config);
    fields.Optional("basic_auth_users", basic_auth_users);
    fields.Optional("rate_limit", rate_limit);
  }
  Status Validate() const;
};

// Reads a file; relative paths in it are made relative to its folder. kInvalidArgument
// "web.yml:3:5: …", or why it cannot be read.
Result<WebConfig> LoadWebConfig(const std::string& path);
Result<WebConfig> ParseWebConfig(std::string_view text, const std::string& path);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_WEB_CONFIG_H_
