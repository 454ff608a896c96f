#include "server/api/notifications_api.h"

#include <chrono>
#include <thread>

#include "common/http_server/json_response.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

constexpr auto kLook = std::chrono::milliseconds(200);
constexpr auto kSignOfLife = std::chrono::seconds(15);

constexpr std::string_view kReloadFailed = "The configuration could not be reloaded.";

void AppendNotification(std::string& out, const ReloadReport& report, bool active) {
  ObjectWriter object(out);
  object.Text("text", kReloadFailed);
  object.Text("date", Rfc3339(report.last_attempt_ms));
  object.Boolean("active", active);
}

void SendList(HttpResponse& response, const ReloadReport& report) {
  JsonResponse json(response);
  {
    ListWriter list(json.out());
    if (!report.error.empty()) AppendNotification(list.Next(), report, true);
  }
  json.Finish();
}

// Events until the client is gone or the server stops. A comment now and then shows whether it is.
void SendEvents(HttpResponse& response, const ConfigReloader& config,
                const std::atomic<bool>& stopping) {
  response.SetHeader("Cache-Control", "no-cache");
  response.Begin(200, "text/event-stream");
  bool told = false;
  auto last = std::chrono::steady_clock::now();
  if (!response.Write(":\n\n")) return;
  while (!stopping) {
    const ReloadReport report = config.report();
    const auto now = std::chrono::steady_clock::now();
    std::string piece;
    if (report.error.empty() == told) {
      told = !told;
      piece = "data: ";
      AppendNotification(piece, report, told);
      piece += "\n\n";
    } else if (now - last >= kSignOfLife) {
      piece = ":\n\n";
    }
    if (!piece.empty()) {
      if (!response.Write(piece)) return;
      last = now;
    }
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace

void NotificationsApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/notifications",
             [&reloader = config](const HttpRequest&, HttpResponse& response) {
               SendList(response, reloader.report());
             });
  const auto subscribers = std::make_shared<std::atomic<size_t>>(0);
  routes.Get("/api/v1/notifications/live",
             [api = *this, subscribers](const HttpRequest&, HttpResponse& response) {
               if (subscribers->fetch_add(1) < api.max_subscribers) {
                 SendEvents(response, api.config, api.stopping);
               } else {
                 response.Send(204, kPlainText, "");
               }
               subscribers->fetch_sub(1);
             });
}

}  // namespace narthex::server
