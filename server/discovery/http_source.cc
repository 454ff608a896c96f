#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include "common/http_client_config/field_rules.h"
#include "server/discovery/group_file.h"
#include "server/discovery/remote_source.h"

namespace narthex::server {
namespace {

constexpr uint64_t kMaxBodyBytes = 256UL << 20;

// As the reference: JSON, and no charset but UTF-8.
bool IsJsonType(const std::string& content_type) {
  const std::string type = LowerCase(content_type);
  const size_t semicolon = type.find(';');
  if (absl::StripAsciiWhitespace(type.substr(0, semicolon)) != "application/json") return false;
  if (semicolon == std::string::npos) return true;
  const std::string parameter(absl::StripAsciiWhitespace(type.substr(semicolon + 1)));
  return parameter == "charset=utf-8" || parameter == "charset=\"utf-8\"";
}

class HttpSource : public RemoteSource {
 public:
  HttpSource(const HttpSdConfig& config, HttpClient& client, RemoteSourceMetrics& metrics)
      : config_(config),
        client_(client),
        metrics_(metrics),
        settings_(std::make_shared<HttpSettings>(config.http)) {}

  void Ask(Found found) override {
    HttpGet request{.url = config_.url,
                    .headers = {"Accept: application/json", "Accept-Encoding: gzip",
                                "User-Agent: Narthex/" + std::string(Version()),
                                fmt::format("X-Prometheus-Refresh-Interval-Seconds: {}",
                                            config_.refresh_interval.seconds())},
                    .timeout_ms = config_.refresh_interval.ms,
                    .max_body_bytes = kMaxBodyBytes,
                    .settings = settings_};
    client_.Get(std::move(request), [this, found = std::move(found)](HttpResult result) {
      const auto groups = GroupsOf(std::move(result));
      if (!groups.ok()) metrics_.http_failures.Add();
      found(groups);
    });
  }

  Duration refresh_interval() const override { return config_.refresh_interval; }
  std::string_view mechanism() const override { return "http"; }
  std::string key() const override { return "http " + config_.url; }

 private:
  Result<std::vector<TargetGroup>> GroupsOf(HttpResult result) const {
    RETURN_IF_ERROR(result.status);
    if (result.http_status != 200)
      return Unavailable("HTTP status ", std::to_string(result.http_status));
    if (!IsJsonType(result.content_type))
      return Corruption("content type ", Quote(result.content_type), ", want application/json");
    RETURN_IF_ERROR(DecodeBody(result, kMaxBodyBytes));
    ASSIGN_OR_RETURN(std::vector<TargetGroup> groups, ParseJsonGroups(result.body));
    for (TargetGroup& group : groups) group.labels["__meta_url"] = config_.url;
    return groups;
  }

  const HttpSdConfig config_;
  HttpClient& client_;
  RemoteSourceMetrics& metrics_;
  const std::shared_ptr<HttpSettings> settings_;
};

}  // namespace

std::shared_ptr<RemoteSource> NewHttpSource(const HttpSdConfig& config, HttpClient& client,
                                            RemoteSourceMetrics& metrics) {
  return std::make_shared<HttpSource>(config, client, metrics);
}

}  // namespace narthex::server
