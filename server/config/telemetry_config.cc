#include "server/config/telemetry_config.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <set>

#include "common/http_client_config/field_rules.h"

namespace narthex::server {
namespace {

Status CheckAttributes(const std::vector<std::string>& attributes, std::string_view field) {
  std::set<std::string> seen;
  for (const std::string& attribute : attributes) {
    const std::string name(absl::StripAsciiWhitespace(attribute));
    if (name.empty()) return InvalidArgument(field, ": an attribute is empty");
    if (!seen.insert(name).second) return InvalidArgument(field, ": ", Quote(name), " comes twice");
  }
  return {};
}

}  // namespace

Status TracingConfig::Validate() const {
  if (client_type != "grpc" && client_type != "http")
    return InvalidArgument("client_type: want grpc or http, got ", Quote(client_type));
  for (const auto& [name, value] : headers) {
    RETURN_IF_ERROR(CheckHeaderName(name).Prefixed("headers"));
    if (HasControl(value))
      return InvalidArgument("headers: ", Quote(name), ": control byte in its value");
  }
  if (endpoint.empty()) return InvalidArgument("endpoint is missing");
  if (!compression.empty() && compression != "gzip")
    return InvalidArgument("compression: want gzip, got ", Quote(compression));
  return {};
}

Status OtlpConfig::Validate() const {
  constexpr std::string_view kStrategies[] = {"UnderscoreEscapingWithSuffixes",
                                              "UnderscoreEscapingWithoutSuffixes",
                                              "NoUTF8EscapingWithSuffixes", "NoTranslation"};
  if (std::find(std::begin(kStrategies), std::end(kStrategies), translation_strategy) ==
      std::end(kStrategies)) {
    return InvalidArgument("translation_strategy: want one of UnderscoreEscapingWithSuffixes, ",
                           "UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, ",
                           "NoTranslation, got ", Quote(translation_strategy));
  }
  RETURN_IF_ERROR(AtMostOne(promote_all_resource_attributes, !promote_resource_attributes.empty(),
                            "promote_all_resource_attributes and promote_resource_attributes"));
  if (!promote_all_resource_attributes && !ignore_resource_attributes.empty())
    return InvalidArgument("ignore_resource_attributes needs promote_all_resource_attributes");
  RETURN_IF_ERROR(CheckAttributes(promote_resource_attributes, "promote_resource_attributes"));
  return CheckAttributes(ignore_resource_attributes, "ignore_resource_attributes");
}

bool OtlpConfig::KeepsUtf8() const {
  return translation_strategy == "NoUTF8EscapingWithSuffixes" ||
         translation_strategy == "NoTranslation";
}

}  // namespace narthex::server
