// /api/v1/status/walreplay: how far the server is in reading its log at the start. Served before
// anything else of the API. Form of the answer and states follow the Prometheus HTTP API.
#ifndef NARTHEX_SERVER_API_REPLAY_API_H_
#define NARTHEX_SERVER_API_REPLAY_API_H_

#include "common/http_server/routes.h"
#include "server/storage/replay_progress.h"

namespace narthex::server {

struct ReplayApi {
  const storage::ReplayProgress& progress;  // outlives the routes

  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_REPLAY_API_H_
