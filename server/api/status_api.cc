#include "server/api/status_api.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

// The version whose behaviour clients may expect.
constexpr std::string_view kCompatibleVersion = "3.14.0";

// The URL as others on the network may use it: a loopback host gives way to this machine's name.
std::string GlobalUrl(const std::string& url) {
  const size_t begin = url.find("://") + 3;
  const size_t end = std::min(url.find_first_of("/?", begin), url.size());
  const std::string authority = url.substr(begin, end - begin);
  for (const std::string_view local : {"localhost", "127.0.0.1", "[::1]"}) {
    const bool is_local = authority.starts_with(local) &&
                          (authority.size() == local.size() || authority[local.size()] == ':');
    if (!is_local) continue;
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return url;
    return url.substr(0, begin) + name.data() + authority.substr(local.size()) + url.substr(end);
  }
  return url;
}

void AppendTarget(std::string& out, const Target& target) {
  const TargetStatus status = target.status();
  ObjectWriter object(out);
  object.Labels("discoveredLabels", target.discovered_labels());
  object.Labels("labels", target.labels());
  object.Text("scrapePool", target.job());
  object.Text("scrapeUrl", target.url());
  object.Text("globalUrl", GlobalUrl(target.url()));
  object.Text("lastError", status.last_error);
  if (status.failure != ScrapeFailure::kNone)
    object.Text("failureReason", FailureName(status.failure));
  object.Text("lastScrape", Rfc3339(status.last_scrape_ms));
  object.Number("lastScrapeDuration", status.last_duration_seconds);
  object.Text("health", HealthName(status.health));
  object.Text("scrapeInterval", FormatDuration(target.interval()));
  object.Text("scrapeTimeout", FormatDuration(target.timeout()));
}

void SendTargets(const HttpRequest& request, HttpResponse& response, const ScrapeEngine& scrapes) {
  const std::string_view state = request.parameters.Get("state");
  const std::string_view wanted_pool = request.parameters.Get("scrapePool");
  if (!state.empty() && state != "active" && state != "dropped" && state != "any") {
    return SendJsonError(response, 400, "bad_data",
                         "invalid parameter \"state\": want active, dropped or any");
  }
  const auto pools = scrapes.pools();
  JsonResponse json(response);
  json.out() += R"({"activeTargets":)";
  {
    ListWriter active(json.out());
    for (const auto& [job, pool] : pools) {
      if (state == "dropped" || (!wanted_pool.empty() && job != wanted_pool)) continue;
      for (const auto& target : pool->found.targets) {
        AppendTarget(active.Next(), *target);
        if (!json.Flush()) return;
      }
    }
  }
  json.out() += R"(,"droppedTargets":)";
  {
    ListWriter dropped(json.out());
    for (const auto& [job, pool] : pools) {
      if (state == "active" || (!wanted_pool.empty() && job != wanted_pool)) continue;
      for (const LabelSet& labels : pool->found.dropped) {
        ObjectWriter object(dropped.Next());
        object.Labels("discoveredLabels", labels);
        object.Text("scrapePool", job);
        if (!json.Flush()) return;
      }
    }
  }
  json.out() += R"(,"droppedTargetCounts":)";
  {
    ObjectWriter counts(json.out());
    for (const auto& [job, pool] : pools)
      counts.Number(job, static_cast<double>(pool->found.dropped_count));
  }
  json.out() += '}';
  json.Finish();
}

void AppendVersion(std::string& out) {
  ObjectWriter object(out);
  object.Text("version", kCompatibleVersion);
  object.Text("revision", "");
  object.Text("branch", "");
  object.Text("buildUser", "");
  object.Text("buildDate", "");
  object.Text("goVersion", "");
  object.Text("application", "narthex");
  object.Text("applicationVersion", Version());
}

void SendBuildInfo(HttpResponse& response) {
  JsonResponse json(response);
  AppendVersion(json.out());
  json.Finish();
}

// What the reference tells of its process, where there is such a thing here.
void SendRuntimeInfo(HttpResponse& response, const RuntimeStatus& status) {
  const ReloadReport reload = status.last_reload();
  JsonResponse json(response);
  {
    ObjectWriter object(json.out());
    std::error_code ignored;
    object.Text("startTime", Rfc3339(status.start_ms));
    object.Text("CWD", std::filesystem::current_path(ignored).string());
    object.Boolean("reloadConfigSuccess", reload.error.empty());
    object.Text("lastConfigTime", Rfc3339(reload.last_success_ms));
    if (!reload.error.empty()) object.Text("lastReloadError", reload.error);
    object.Text("storageRetention", status.retention());
  }
  json.Finish();
}

}  // namespace

void SendVersion(HttpResponse& response) {
  std::string text;
  AppendVersion(text);
  response.Send(200, kJsonType, text + "\n");
}

void StatusApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/status/runtimeinfo",
             [status = runtime](const HttpRequest&, HttpResponse& response) {
               SendRuntimeInfo(response, status);
             });
  routes.Get("/api/v1/targets",
             [&engine = scrapes](const HttpRequest& request, HttpResponse& response) {
               SendTargets(request, response, engine);
             });
  routes.Get("/api/v1/status/buildinfo",
             [](const HttpRequest&, HttpResponse& response) { SendBuildInfo(response); });
}

}  // namespace narthex::server
