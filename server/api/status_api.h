// /api/v1: the state of targets and of the server itself.
#ifndef NARTHEX_SERVER_API_STATUS_API_H_
#define NARTHEX_SERVER_API_STATUS_API_H_

#include <cstdint>
#include <functional>
#include <string>

#include "common/http_server/routes.h"
#include "server/config/config_reloader.h"
#include "server/scrape/scrape_engine.h"

namespace narthex::server {

struct RuntimeStatus {
  int64_t start_ms = 0;
  // Called on any thread.
  std::function<std::string()> retention;
  std::function<ReloadReport()> last_reload;
};

// What is passed by reference outlives the routes.
struct StatusApi {
  const ScrapeEngine& scrapes;
  RuntimeStatus runtime;

  // targets, status/buildinfo, status/runtimeinfo.
  void AddRoutes(Routes& routes) const;
};

// What this server is, as JSON: the version that it is compatible with, and its own.
void SendVersion(HttpResponse& response);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_STATUS_API_H_
