// /api/v1/status/active_queries and the means to end one: additions of ours.
#ifndef NARTHEX_SERVER_API_ACTIVE_QUERIES_API_H_
#define NARTHEX_SERVER_API_ACTIVE_QUERIES_API_H_

#include "common/http_server/routes.h"
#include "server/promql/active_queries.h"

namespace narthex::server {

// What is passed outlives the routes.
struct ActiveQueriesApi {
  promql::ActiveQueries& queries;
  bool enable_admin;  // --web.enable-admin-api: queries may be ended

  // status/active_queries, admin/queries/ID/cancel.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_ACTIVE_QUERIES_API_H_
