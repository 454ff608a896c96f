#include "common/http_server/web_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/fs/files.h"
#include "common/http_server/basic_auth.h"

namespace narthex {
namespace {

using config::FromNames;
using config::Name;

constexpr Name<ClientAuth> kClientAuths[] = {
    {"NoClientCert", ClientAuth::kNone},
    {"", ClientAuth::kNone},
    {"RequestClientCert", ClientAuth::kRequest},
    {"RequireAnyClientCert", ClientAuth::kRequireAny},
    {"RequireClientCert", ClientAuth::kRequireAny},  // its name in old files
    {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify}};

// Those of crypto/tls that Go does not call insecure, best first.
constexpr Name<std::string_view> kCipherSuites[] = {
    {"TLS_AES_128_GCM_SHA256", ""},
    {"TLS_AES_256_GCM_SHA384", ""},
    {"TLS_CHACHA20_POLY1305_SHA256", ""},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"}};

constexpr Name<std::string_view> kCurves[] = {
    {"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}};

// The headers that may be set, and the values that they may have; no value named: any.
struct HeaderRule {
  std::string_view name;
  std::string_view values[2];
};
constexpr HeaderRule kHeaderRules[] = {{"Content-Security-Policy", {}},
                                       {"Strict-Transport-Security", {}},
                                       {"X-Content-Type-Options", {"nosniff", "nosniff"}},
                                       {"X-Frame-Options", {"deny", "sameorigin"}},
                                       {"X-XSS-Protection", {}}};

Status CheckHeader(std::string_view name, std::string_view value) {
  const auto* const rule = std::find_if(std::begin(kHeaderRules), std::end(kHeaderRules),
                                        [name](const HeaderRule& r) { return r.name == name; });
  if (rule == std::end(kHeaderRules))
    return InvalidArgument("header ", Quote(name), " cannot be configured");
  const auto& [first, second] = rule->values;
  if (!first.empty() && value != first && value != second) {
    const std::string wanted =
        first == second ? std::string(first) : fmt::format("{} or {}", first, second);
    return InvalidArgument("header ", name, ": want ", wanted, ", got ", Quote(value));
  }
  if (std::any_of(value.begin(), value.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return InvalidArgument("header ", name, ": control byte in its value");
  return {};
}

}  // namespace

Status FromText(std::string_view text, ClientAuth& auth) {
  return FromNames(text, kClientAuths, auth);
}

Status FromText(std::string_view text, CipherSuite& suite) {
  std::string_view name;
  RETURN_IF_ERROR(FromNames(text, kCipherSuites, name));
  suite.openssl_name = name;
  return {};
}

std::vector<CipherSuite> DefaultCipherSuites() {
  std::vector<CipherSuite> suites;
  for (const auto& suite : kCipherSuites) suites.push_back({std::string(suite.value)});
  return suites;
}

Status FromText(std::string_view text, EllipticCurve& curve) {
  std::string_view name;
  RETURN_IF_ERROR(FromNames(text, kCurves, name));
  curve.openssl_name = name;
  return {};
}

bool TlsServerConfig::enabled() const {
  return !(cert.empty() && cert_file.empty() && key.empty() && key_file.empty() &&
           client_ca.empty() && client_ca_file.empty() && client_auth_type == ClientAuth::kNone);
}

Status TlsServerConfig::Validate() const {
  if (!enabled()) return {};
  if (cert.empty() && cert_file.empty()) return InvalidArgument("want one of cert and cert_file");
  if (key.empty() && key_file.empty()) return InvalidArgument("want one of key and key_file");
  const bool has_ca = !client_ca.empty() || !client_ca_file.empty();
  if (has_ca && client_auth_type == ClientAuth::kNone)
    return InvalidArgument("a client CA needs a client_auth_type");
  if (min_version > max_version) return InvalidArgument("min_version is above max_version");
  return {};
}

Status HttpServerConfig::Validate() const {
  for (const auto& [name, value] : headers) RETURN_IF_ERROR(CheckHeader(name, value));
  return {};
}

Status RateLimitConfig::Validate() const {
  if (burst < 0) return InvalidArgument("burst is negative");
  if (interval.ns > 0 && burst == 0)
    return InvalidArgument("burst is 0: no request would be answered");
  return {};
}

Status WebConfig::Validate() const {
  for (const auto& [name, hash] : basic_auth_users) {
    RETURN_IF_ERROR(CheckBcryptHash(hash).Prefixed("user " + Quote(name)));
  }
  return {};
}

Result<WebConfig> ParseWebConfig(std::string_view text, const std::string& path) {
  ASSIGN_OR_RETURN(WebConfig config, config::Parse<WebConfig>(text, path));
  TlsServerConfig& tls = config.tls_server_config;
  for (std::string* name : {&tls.cert_file, &tls.key_file, &tls.client_ca_file})
    *name = PathFromFile(path, *name);
  return config;
}

Result<WebConfig> LoadWebConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseWebConfig(text, path);
}

}  // namespace narthex
