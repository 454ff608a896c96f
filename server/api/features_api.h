// /api/v1/features: what this server can do, by the names that the reference gives its parts.
#ifndef NARTHEX_SERVER_API_FEATURES_API_H_
#define NARTHEX_SERVER_API_FEATURES_API_H_

#include "common/http_server/routes.h"
#include "server/promql/engine.h"

namespace narthex::server {

struct FeaturesApi {
  promql::EngineOptions query;
  bool admin = false;        // calls that change or cost
  bool lifecycle = false;    // reload and quit over HTTP
  bool auto_reload = false;  // of the configuration
  bool exemplars = false;    // are kept
  bool start_times = false;  // are stored
  bool start_zeros = false;  // are stored at these times
  bool search = false;       // the search endpoints

  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_FEATURES_API_H_
