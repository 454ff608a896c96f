// /api/v1: the state of targets and of the server itself.
#ifndef NARTHEX_SERVER_API_STATUS_API_H_
#define NARTHEX_SERVER_API_STATUS_API_H_

#include "common/http_server/routes.h"
#include "server/scrape/scrape_engine.h"

namespace narthex::server {

// What is passed outlives the routes.
struct StatusApi {
  const ScrapeEngine& scrapes;

  // targets, status/buildinfo.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_STATUS_API_H_
