// /api/v1: what targets say of their metric families. Forms of answers and errors follow the
// Prometheus HTTP API.
#ifndef NARTHEX_SERVER_API_METADATA_API_H_
#define NARTHEX_SERVER_API_METADATA_API_H_

#include "common/http_server/routes.h"
#include "server/scrape/scrape_engine.h"

namespace narthex::server {

// What is passed outlives the routes.
struct MetadataApi {
  const ScrapeEngine& scrapes;

  // metadata, targets/metadata.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_METADATA_API_H_
