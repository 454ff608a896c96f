// /api/v1: what the server was told: flags, configuration, jobs, and what relabelling makes of a
// target. Forms of answers and errors follow the Prometheus HTTP API.
#ifndef NARTHEX_SERVER_API_CONFIG_API_H_
#define NARTHEX_SERVER_API_CONFIG_API_H_

#include <map>
#include <string>

#include "common/http_server/routes.h"
#include "server/config/config_reloader.h"
#include "server/scrape/scrape_engine.h"

namespace narthex::server {

// What is passed by reference outlives the routes.
struct ConfigApi {
  const ConfigReloader& config;
  const ScrapeEngine& scrapes;
  std::map<std::string, std::string> flags;  // by name, as text

  // status/config, status/flags, scrape_pools, scrape_pools/config, targets/relabel_steps.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_CONFIG_API_H_
