#include "server/config/remote_config.h"

#include "common/http_client_config/field_rules.h"
#include "common/http_client_config/url.h"
#include "server/config/label_rules.h"

namespace narthex::server {
namespace {

Status CheckHeaders(const std::map<std::string, std::string>& headers) {
  for (const auto& [name, value] : headers) {
    RETURN_IF_ERROR(CheckHeaderName(name).Prefixed("headers"));
    if (HasControl(value))
      return InvalidArgument("headers: ", Quote(name), ": control byte in its value");
  }
  return {};
}

// The reference takes "localhost:9090" too.
Status CheckRemoteUrl(const std::string& url) {
  if (url.empty()) return InvalidArgument("url is missing");
  if (HasControl(url)) return InvalidArgument("url: control byte in it");
  if (url.find("://") == std::string::npos) return {};
  return CheckUrl(url, {"http", "https"}).Prefixed("url");
}

Status WantPositive(int64_t value, std::string_view field) {
  if (value <= 0) return InvalidArgument(field, " must be above zero");
  return {};
}

}  // namespace

Status QueueConfig::Validate() const {
  RETURN_IF_ERROR(WantPositive(max_shards, "max_shards"));
  RETURN_IF_ERROR(WantPositive(min_shards, "min_shards"));
  if (min_shards > max_shards) return InvalidArgument("min_shards is above max_shards");
  RETURN_IF_ERROR(WantPositive(max_samples_per_send, "max_samples_per_send"));
  RETURN_IF_ERROR(WantPositive(capacity, "capacity"));
  if (max_backoff < min_backoff) return InvalidArgument("max_backoff is below min_backoff");
  return {};
}

Status RemoteWriteConfig::Validate() const {
  RETURN_IF_ERROR(CheckRemoteUrl(url.text));
  RETURN_IF_ERROR(CheckHeaders(headers));
  if (protobuf_message != "prometheus.WriteRequest" &&
      protobuf_message != "io.prometheus.write.v2.Request") {
    return InvalidArgument(
        "protobuf_message: want prometheus.WriteRequest or io.prometheus.write.v2.Request, got ",
        Quote(protobuf_message));
  }
  RETURN_IF_ERROR(http.Validate());
  const int ways = static_cast<int>(http.basic_auth.has_value()) +
                   static_cast<int>(http.authorization.has_value()) +
                   static_cast<int>(http.oauth2.has_value()) + static_cast<int>(sigv4.has_value()) +
                   static_cast<int>(azuread.has_value()) + static_cast<int>(google_iam.has_value());
  if (ways > 1) {
    return InvalidArgument(
        "at most one of basic_auth, authorization, oauth2, sigv4, azuread and google_iam may be "
        "given");
  }
  return {};
}

Status RemoteReadConfig::Validate() const {
  RETURN_IF_ERROR(CheckRemoteUrl(url.text));
  RETURN_IF_ERROR(CheckHeaders(headers));
  RETURN_IF_ERROR(CheckLabels(required_matchers));
  return http.Validate();
}

}  // namespace narthex::server
