#include "common/http_client/http_settings.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>

#include <algorithm>

#include "common/fs/files.h"

namespace narthex {
namespace {

// As libcurl takes it: a header without a value would be left out if no semicolon stood for it.
std::string HeaderLine(const std::string& name, const std::string& value) {
  return value.empty() ? name + ";" : name + ": " + value;
}

}  // namespace

HttpSettings::HttpSettings(HttpClientConfig config)
    : config_(std::move(config)),
      tokens_(config_.oauth2 ? std::make_shared<OAuth2Tokens>(*config_.oauth2) : nullptr) {}

Result<std::shared_ptr<const HttpSettings::Ready>> HttpSettings::Get() {
  if (ready_ && AreCurrent(stamps_)) return ready_;
  ready_.reset();
  ASSIGN_OR_RETURN(ready_, Read());
  return ready_;
}

Result<std::shared_ptr<const HttpSettings::Ready>> HttpSettings::Read() {
  stamps_.clear();
  auto ready = std::make_shared<Ready>();
  ready->config = config_;
  const TlsClientConfig& tls = config_.tls_config;
  ASSIGN_OR_RETURN(ready->ca, ReadPem("tls_config: ca_file", tls.ca, tls.ca_file));
  ASSIGN_OR_RETURN(ready->cert, ReadPem("tls_config: cert_file", tls.cert, tls.cert_file));
  ASSIGN_OR_RETURN(ready->key, ReadPem("tls_config: key_file", tls.key.reveal(), tls.key_file));
  RETURN_IF_ERROR(AddAuthorization(*ready));
  RETURN_IF_ERROR(AddHeaders(*ready));
  return std::shared_ptr<const Ready>(std::move(ready));
}

Result<std::string> HttpSettings::ReadPem(std::string_view name, const std::string& given,
                                          const std::string& file) {
  if (file.empty()) return given;
  stamps_.push_back(StampOf(file));
  return ReadFile(file).Prefixed(name);
}

// A value for a header; white space around that of a file is not part of it.
Result<std::string> HttpSettings::ReadSecret(std::string_view name, const std::string& given,
                                             const std::string& file) {
  if (file.empty()) return given;
  ASSIGN_OR_RETURN(const std::string text, ReadPem(name, given, file));
  std::string value(absl::StripAsciiWhitespace(text));
  const bool control = std::any_of(value.begin(), value.end(),
                                   [](char c) { return absl::ascii_iscntrl(c) && c != '\t'; });
  if (control) return InvalidArgument(name, " ", Quote(file), ": control byte in it");
  return value;
}

Status HttpSettings::AddAuthorization(Ready& ready) {
  if (const auto& basic = config_.basic_auth) {
    ASSIGN_OR_RETURN(const std::string user, ReadSecret("basic_auth: username_file",
                                                        basic->username, basic->username_file));
    ASSIGN_OR_RETURN(
        const std::string password,
        ReadSecret("basic_auth: password_file", basic->password.reveal(), basic->password_file));
    ready.headers.push_back("Authorization: Basic " + absl::Base64Escape(user + ":" + password));
    return {};
  }
  AuthorizationConfig bearer;
  bearer.credentials = config_.bearer_token;
  bearer.credentials_file = config_.bearer_token_file;
  if (config_.authorization) bearer = *config_.authorization;
  ASSIGN_OR_RETURN(
      const std::string credentials,
      ReadSecret("credentials_file", bearer.credentials.reveal(), bearer.credentials_file));
  if (credentials.empty() && !config_.authorization) return {};
  std::string value(absl::StripAsciiWhitespace(bearer.type));
  if (value.empty()) value = "Bearer";
  if (!credentials.empty()) value += " " + credentials;
  ready.headers.push_back(HeaderLine("Authorization", value));
  return {};
}

Status HttpSettings::AddHeaders(Ready& ready) {
  for (const auto& [name, header] : config_.http_headers) {
    for (const std::string& value : header.values) ready.headers.push_back(HeaderLine(name, value));
    for (const config::Secret& value : header.secrets)
      ready.headers.push_back(HeaderLine(name, value.reveal()));
    for (const std::string& file : header.files) {
      ASSIGN_OR_RETURN(const std::string value, ReadSecret("http_headers", {}, file));
      ready.headers.push_back(HeaderLine(name, value));
    }
  }
  return {};
}

}  // namespace narthex
