#include "server/config/cloud_auth_config.h"

#include <algorithm>
#include <cctype>

namespace narthex::server {
namespace {

// "01234567-89ab-cdef-0123-456789abcdef"
bool IsUuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == kShape.size() &&
         std::equal(text.begin(), text.end(), kShape.begin(), [](char c, char shape) {
           return shape == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

Status WantText(const std::string& value, std::string_view name) {
  if (value.empty()) return InvalidArgument(name, " is missing");
  return {};
}

Status WantUuid(const std::string& value, std::string_view name) {
  RETURN_IF_ERROR(WantText(value, name));
  if (!IsUuid(value)) return InvalidArgument(name, " is not a UUID: ", Quote(value));
  return {};
}

bool IsScope(std::string_view scope) {
  return std::all_of(scope.begin(), scope.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_ \t:/.-").find(c) != std::string_view::npos;
  });
}

Status CheckLogins(const AzureAdConfig& config) {
  if (config.managed_identity && !config.managed_identity->client_id.empty())
    RETURN_IF_ERROR(WantUuid(config.managed_identity->client_id, "managed_identity.client_id"));
  if (const auto& identity = config.workload_identity) {
    RETURN_IF_ERROR(WantUuid(identity->client_id, "workload_identity.client_id"));
    RETURN_IF_ERROR(WantUuid(identity->tenant_id, "workload_identity.tenant_id"));
  }
  if (const auto& oauth = config.oauth) {
    RETURN_IF_ERROR(WantUuid(oauth->client_id, "oauth.client_id"));
    RETURN_IF_ERROR(WantText(oauth->client_secret.reveal(), "oauth.client_secret"));
    RETURN_IF_ERROR(WantText(oauth->tenant_id, "oauth.tenant_id"));
  }
  if (const auto& certificate = config.certificate) {
    RETURN_IF_ERROR(WantUuid(certificate->client_id, "certificate.client_id"));
    RETURN_IF_ERROR(WantText(certificate->tenant_id, "certificate.tenant_id"));
    RETURN_IF_ERROR(WantText(certificate->certificate_path, "certificate.certificate_path"));
  }
  return {};
}

}  // namespace

Status SigV4Config::Validate() const {
  if (access_key.empty() != secret_key.empty())
    return InvalidArgument("access_key and secret_key belong together");
  if (!external_id.empty() && role_arn.empty())
    return InvalidArgument("external_id needs role_arn");
  return {};
}

Status AzureAdConfig::Validate() const {
  if (cloud != "AzurePublic" && cloud != "AzureChina" && cloud != "AzureGovernment")
    return InvalidArgument("cloud: want AzurePublic, AzureChina or AzureGovernment, got ",
                           Quote(cloud));
  const int ways = static_cast<int>(managed_identity.has_value()) +
                   static_cast<int>(workload_identity.has_value()) +
                   static_cast<int>(oauth.has_value()) + static_cast<int>(sdk.has_value()) +
                   static_cast<int>(certificate.has_value());
  if (ways != 1) {
    return InvalidArgument(
        "want one of managed_identity, workload_identity, oauth, sdk and certificate, got ",
        std::to_string(ways));
  }
  RETURN_IF_ERROR(CheckLogins(*this));
  if (!IsScope(scope)) return InvalidArgument("scope has characters that it cannot have");
  return {};
}

}  // namespace narthex::server
