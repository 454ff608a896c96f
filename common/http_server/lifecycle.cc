#include "common/http_server/lifecycle.h"

#include <atomic>
#include <memory>
#include <utility>

namespace narthex {
namespace {

void AddPage(Routes& routes, bool enabled, const std::string& path, HttpHandler handler) {
  if (!enabled) {
    handler = [](const HttpRequest&, HttpResponse& response) {
      response.Send(403, kPlainText, "switched off, see --web.enable-lifecycle\n");
    };
  }
  routes.Add({"POST", "PUT"}, path, std::move(handler));
}

}  // namespace

void AddLifecyclePages(Routes& routes, Lifecycle lifecycle) {
  if (lifecycle.reload) {
    AddPage(routes, lifecycle.enabled, "/-/reload",
            [reload = std::move(lifecycle.reload)](const HttpRequest&, HttpResponse& response) {
              const Status status = reload();
              if (status.ok()) return response.Send(200, kPlainText, "");
              response.Send(500, kPlainText, "reload: " + std::string(status.message()) + "\n");
            });
  }
  if (!lifecycle.quit) return;
  AddPage(routes, lifecycle.enabled, "/-/quit",
          [quit = std::move(lifecycle.quit), asked = std::make_shared<std::atomic<bool>>(false)](
              const HttpRequest&, HttpResponse& response) {
            const bool first = !asked->exchange(true);
            response.Send(200, kPlainText, first ? "stopping\n" : "already stopping\n");
            if (first) quit();
          });
}

}  // namespace narthex
