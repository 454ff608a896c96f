// /api/v1: queries and what they can be about. Forms of requests, answers and errors follow the
// Prometheus HTTP API.
#ifndef NARTHEX_SERVER_API_QUERY_API_H_
#define NARTHEX_SERVER_API_QUERY_API_H_

#include "common/http_server/routes.h"
#include "server/promql/engine.h"
#include "server/storage/storage.h"

namespace narthex::server {

// What is passed outlives the routes.
struct QueryApi {
  const promql::Engine& engine;
  const storage::Storage& storage;
  const Clock& clock;

  // query, query_range, format_query, parse_query, series, labels, label/NAME/values.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_QUERY_API_H_
