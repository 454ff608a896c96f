// /api/v1/query_exemplars: examples of what the series of a query counted. Forms of requests and
// answers follow the Prometheus HTTP API.
#ifndef NARTHEX_SERVER_API_EXEMPLARS_API_H_
#define NARTHEX_SERVER_API_EXEMPLARS_API_H_

#include "common/http_server/routes.h"
#include "server/promql/parser.h"
#include "server/storage/storage.h"

namespace narthex::server {

// What is passed by reference outlives the routes.
struct ExemplarsApi {
  const storage::Storage& storage;
  promql::ParserOptions parser;

  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_EXEMPLARS_API_H_
