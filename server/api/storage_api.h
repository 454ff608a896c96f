// /api/v1: what storage tells of its contents. Forms of answers and errors follow the Prometheus
// HTTP API.
#ifndef NARTHEX_SERVER_API_STORAGE_API_H_
#define NARTHEX_SERVER_API_STORAGE_API_H_

#include "common/http_server/routes.h"
#include "server/storage/stats.h"

namespace narthex::server {

// What is passed outlives the routes.
struct StorageApi {
  const storage::StatsSource& stats;

  // status/tsdb, status/tsdb/blocks.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_STORAGE_API_H_
