// /api/v1/search/: names and values that match what somebody typed, ranked, a JSON object a line.
#ifndef NARTHEX_SERVER_API_SEARCH_API_H_
#define NARTHEX_SERVER_API_SEARCH_API_H_

#include <cstdint>

#include "common/clock/clock.h"
#include "common/http_server/routes.h"
#include "server/scrape/scrape_engine.h"
#include "server/storage/storage.h"

namespace narthex::server {

struct SearchApi {
  const storage::Storage& storage;
  const ScrapeEngine& scrapes;  // for metadata
  const Clock& clock;
  bool enabled = false;   // else every request is told that it is off
  int64_t max_limit = 0;  // of the parameter limit; 0 for none

  // What this refers to must live as long as the routes.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_SEARCH_API_H_
