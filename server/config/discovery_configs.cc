#include "server/config/discovery_configs.h"

#include <absl/strings/ascii.h>

#include <algorithm>

#include "common/config/names.h"
#include "common/fs/files.h"
#include "common/http_client_config/url.h"
#include "server/config/label_rules.h"

namespace narthex::server {
namespace {

constexpr config::Name<DnsRecordType> kRecordTypes[] = {{"SRV", DnsRecordType::kSrv},
                                                        {"A", DnsRecordType::kA},
                                                        {"AAAA", DnsRecordType::kAaaa},
                                                        {"MX", DnsRecordType::kMx},
                                                        {"NS", DnsRecordType::kNs}};

// As the reference: a star may stand in the last part of the path only, and once.
bool IsFileSdPath(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return false;
  constexpr std::string_view kExtensions[] = {".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"};
  if (std::find(std::begin(kExtensions), std::end(kExtensions), path.substr(dot)) ==
      std::end(kExtensions))
    return false;
  const size_t star = path.find('*');
  if (star == std::string_view::npos) return true;
  return path.substr(star, dot - star).find('/') == std::string_view::npos;
}

Status CheckRefreshInterval(Duration interval) {
  if (interval.ms <= 0) return InvalidArgument("refresh_interval must be above zero");
  return {};
}

}  // namespace

Status FromText(std::string_view text, DnsRecordType& type) {
  return config::FromNames(absl::AsciiStrToUpper(std::string(text)), kRecordTypes, type);
}
std::string ToText(DnsRecordType type) { return std::string(config::NameOf(kRecordTypes, type)); }

Status StaticConfig::Validate() const {
  for (const std::string& target : targets) {
    const bool plain = !target.empty() && target.find_first_of(" \t\n") == std::string::npos;
    if (!plain)
      return InvalidArgument("target ", Quote(target), " is not a host with an optional port");
  }
  return CheckLabels(labels);
}

Status FileSdConfig::Validate() const {
  if (files.empty()) return InvalidArgument("files names no path");
  RETURN_IF_ERROR(CheckRefreshInterval(refresh_interval));
  for (const std::string& file : files) {
    if (!IsFileSdPath(file)) {
      return InvalidArgument("path ", Quote(file),
                             " cannot be watched: want NAME.json, NAME.yml or NAME.yaml, with a "
                             "star in the last part of the path only");
    }
  }
  return {};
}

Status HttpSdConfig::Validate() const {
  if (url.empty()) return InvalidArgument("url is missing");
  RETURN_IF_ERROR(CheckUrl(url, {"http", "https"}).Prefixed("url"));
  RETURN_IF_ERROR(CheckRefreshInterval(refresh_interval));
  return http.Validate();
}

Status DnsSdConfig::Validate() const {
  if (names.empty()) return InvalidArgument("names has no name to look up");
  RETURN_IF_ERROR(CheckRefreshInterval(refresh_interval));
  if (port > 65535) return InvalidArgument("port: want 0 to 65535");
  if (type != DnsRecordType::kSrv && port == 0)
    return InvalidArgument("port is missing: only SRV records have one of their own");
  return {};
}

Status DiscoveryConfigs::RefuseUrls() const {
  for (const StaticConfig& group : static_configs) {
    for (const std::string& target : group.targets) {
      if (target.find('/') != std::string::npos)
        return InvalidArgument("target ", Quote(target), " is not a host with an optional port");
    }
  }
  return {};
}

void DiscoveryConfigs::MakePathsRelativeTo(const std::string& path) {
  for (FileSdConfig& sd : file_sd_configs) {
    for (std::string& file : sd.files) file = PathFromFile(path, file);
  }
  for (HttpSdConfig& sd : http_sd_configs) sd.http.MakePathsRelativeTo(path);
}

}  // namespace narthex::server
