// What the pushgateway tells in JSON: /api/v1/metrics and /api/v1/status in the shape of the
// original, and beyond it /api/v1/groups, the list that the page shows.
#ifndef NARTHEX_PUSHGATEWAY_QUERY_API_H_
#define NARTHEX_PUSHGATEWAY_QUERY_API_H_

#include <map>
#include <string>

#include "common/clock/clock.h"
#include "common/http_server/json_response.h"
#include "common/http_server/routes.h"
#include "pushgateway/gateway_metrics.h"
#include "pushgateway/store.h"

namespace narthex::pushgateway {

class QueryApi {
 public:
  // `flags` are those of the command line, by name. `utf8_names` as in PushApiOptions.
  QueryApi(const Store& store, const Clock& clock, std::map<std::string, std::string> flags,
           bool utf8_names)
      : store_(store),
        flags_(std::move(flags)),
        utf8_names_(utf8_names),
        start_ms_(clock.NowMs()) {}

  // The API must outlive the routes.
  void AddRoutes(Routes& routes, GatewayMetrics& metrics) const;

 private:
  void Metrics(const HttpRequest& request, HttpResponse& response) const;
  void Groups(HttpResponse& response) const;
  void Status(HttpResponse& response) const;

  const Store& store_;
  const std::map<std::string, std::string> flags_;
  const bool utf8_names_;
  const int64_t start_ms_;
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_QUERY_API_H_
