#include "common/http_client_config/http_client_config.h"

#include <algorithm>
#include <string_view>

#include "common/fs/files.h"

namespace narthex {
namespace {

// Those that belong to the connection, to the body, or to us; in lower case.
constexpr std::string_view kReservedHeaders[] = {"accept-encoding",
                                                 "authorization",
                                                 "connection",
                                                 "content-encoding",
                                                 "content-length",
                                                 "content-type",
                                                 "host",
                                                 "keep-alive",
                                                 "proxy-authenticate",
                                                 "proxy-authorization",
                                                 "user-agent",
                                                 "www-authenticate",
                                                 "x-amz-content-sha256",
                                                 "x-amz-date",
                                                 "x-amz-security-token",
                                                 "x-prometheus-remote-read-version",
                                                 "x-prometheus-remote-write-version",
                                                 "x-prometheus-scrape-timeout-seconds"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 32);
  }
  return lower;
}

bool IsHeaderName(std::string_view name) {
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || kTokenMarks.find(c) != std::string_view::npos;
  });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

Status AtMostOne(bool first, bool second, std::string_view names) {
  if (first && second) return InvalidArgument("at most one of ", names, " may be given");
  return {};
}

Status CheckHeader(const std::string& name, const HeaderConfig& header) {
  if (!IsHeaderName(name)) return InvalidArgument("http_headers: no header name: ", Quote(name));
  const std::string lower = Lower(name);
  if (std::find(std::begin(kReservedHeaders), std::end(kReservedHeaders), lower) !=
      std::end(kReservedHeaders))
    return InvalidArgument("http_headers: ", Quote(name), " may not be set here");
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
  if (Lower(type) == "basic")
    return InvalidArgument("authorization type cannot be \"basic\", use basic_auth instead");
  if (HasControl(type) || HasControl(credentials.reveal()))
    return InvalidArgument("control byte in type or credentials");
  return AtMostOne(!credentials.empty(), !credentials_file.empty(),
                   "credentials and credentials_file");
}

Status TlsClientConfig::Validate() const {
  RETURN_IF_ERROR(AtMostOne(!ca.empty(), !ca_file.empty(), "ca and ca_file"));
  RETURN_IF_ERROR(AtMostOne(!cert.empty(), !cert_file.empty(), "cert and cert_file"));
  RETURN_IF_ERROR(AtMostOne(!key.empty(), !key_file.empty(), "key and key_file"));
  const bool has_cert = !cert.empty() || !cert_file.empty();
  const bool has_key = !key.empty() || !key_file.empty();
  if (has_cert && !has_key) return InvalidArgument("a client certificate needs key or key_file");
  if (has_key && !has_cert) return InvalidArgument("a client key needs cert or cert_file");
  if (max_version && min_version > *max_version)
    return InvalidArgument("min_version is above max_version");
  if (HasControl(server_name) || server_name.find_first_of("/?#@ ") != std::string::npos)
    return InvalidArgument("server_name is not a host name: ", Quote(server_name));
  return {};
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
      AtMostOne(basic_auth.has_value(), authorization.has_value(), "basic_auth and authorization"));
  for (const auto& [name, header] : http_headers) RETURN_IF_ERROR(CheckHeader(name, header));
  return {};
}

void HttpClientConfig::MakePathsRelativeTo(const std::string& path) {
  std::vector<std::string*> names = {&bearer_token_file, &tls_config.ca_file, &tls_config.cert_file,
                                     &tls_config.key_file};
  if (basic_auth) {
    names.push_back(&basic_auth->username_file);
    names.push_back(&basic_auth->password_file);
  }
  if (authorization) names.push_back(&authorization->credentials_file);
  for (auto& [name, header] : http_headers) {
    for (std::string& file : header.files) names.push_back(&file);
  }
  for (std::string* name : names) *name = PathFromFile(path, *name);
}

}  // namespace narthex
