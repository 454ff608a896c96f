// /api/v1/status/self_metrics: this server's own metrics, in the JSON form of their protobuf
// messages.
#ifndef NARTHEX_SERVER_API_SELF_METRICS_API_H_
#define NARTHEX_SERVER_API_SELF_METRICS_API_H_

#include "common/client/registry.h"
#include "common/http_server/routes.h"

namespace narthex::server {

// What is passed outlives the routes.
struct SelfMetricsApi {
  const Registry& registry;

  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_SELF_METRICS_API_H_
