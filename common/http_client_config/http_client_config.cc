#include "common/http_client_config/http_client_config.h"

#include <algorithm>

#include "common/fs/files.h"
#include "common/http_client_config/field_rules.h"

namespace narthex {
namespace {

Status CheckHeader(const std::string& name, const HeaderConfig& header) {
  RETURN_IF_ERROR(CheckHeaderName(name).Prefixed("http_headers"));
  const bool broken =
      std::any_of(header.values.begin(), header.values.end(), HasControl) ||
      std::any_of(header.secrets.begin(), header.secrets.end(),
                  [](const config::Secret& secret) { return HasControl(secret.reveal()); });
  if (broken) return InvalidArgument("http_headers: ", Quote(name), ": control byte in a value");
  return {};
}

}  // namespace

Status BasicAuthConfig::Validate() const {
  RETURN_IF_ERROR(
      AtMostOne(!username.empty(), !username_file.empty(), "username and username_file"));
  return AtMostOne(!password.empty(), !password_file.empty(), "password and password_file");
}

Status AuthorizationConfig::Validate() const {
  if (LowerCase(type) == "basic")
    return InvalidArgument("authorization type cannot be \"basic\", use basic_auth instead");
  if (HasControl(type) || HasControl(credentials.reveal()))
    return InvalidArgument("control byte in type or credentials");
  return AtMostOne(!credentials.empty(), !credentials_file.empty(),
                   "credentials and credentials_file");
}

Status HttpClientConfig::Validate() const {
  RETURN_IF_ERROR(AtMostOne(!bearer_token.empty(), !bearer_token_file.empty(),
                            "bearer_token and bearer_token_file"));
  const bool bearer = !bearer_token.empty() || !bearer_token_file.empty();
  if (HasControl(bearer_token.reveal())) return InvalidArgument("control byte in bearer_token");
  RETURN_IF_ERROR(
      AtMostOne(basic_auth.has_value(), bearer, "basic_auth, bearer_token and bearer_token_file"));
  RETURN_IF_ERROR(AtMostOne(authorization.has_value(), bearer,
                            "authorization, bearer_token and bearer_token_file"));
  RETURN_IF_ERROR(
      AtMostOne(oauth2.has_value(), bearer, "oauth2, bearer_token and bearer_token_file"));
  const int ways = static_cast<int>(basic_auth.has_value()) +
                   static_cast<int>(authorization.has_value()) +
                   static_cast<int>(oauth2.has_value());
  if (ways > 1)
    return InvalidArgument("at most one of basic_auth, authorization and oauth2 may be given");
  RETURN_IF_ERROR(proxy.Validate());
  for (const auto& [name, header] : http_headers) RETURN_IF_ERROR(CheckHeader(name, header));
  return {};
}

std::vector<std::string*> HttpClientConfig::Files() {
  std::vector<std::string*> files = tls_config.Files();
  files.push_back(&bearer_token_file);
  if (basic_auth) {
    files.push_back(&basic_auth->username_file);
    files.push_back(&basic_auth->password_file);
  }
  if (authorization) files.push_back(&authorization->credentials_file);
  if (oauth2) {
    for (std::string* file : oauth2->Files()) files.push_back(file);
  }
  for (auto& [name, header] : http_headers) {
    for (std::string& file : header.files) files.push_back(&file);
  }
  return files;
}

void HttpClientConfig::MakePathsRelativeTo(const std::string& path) {
  for (std::string* file : Files()) *file = PathFromFile(path, *file);
}

}  // namespace narthex
