// What the pushgateway counts of its own work, by the names of the original.
#ifndef NARTHEX_PUSHGATEWAY_GATEWAY_METRICS_H_
#define NARTHEX_PUSHGATEWAY_GATEWAY_METRICS_H_

#include <string>

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "common/http_server/message.h"

namespace narthex::pushgateway {

// Safe from many threads; outlived by its registry.
class GatewayMetrics {
 public:
  GatewayMetrics(Registry& registry, const Clock& clock);

  // The handler, its answers counted in pushgateway_http_requests_total.
  HttpHandler Counted(std::string name, HttpHandler handler);
  // The same for pushes, whose size and duration are observed too.
  HttpHandler CountedPush(HttpHandler handler);

 private:
  const Clock& clock_;
  CounterFamily& requests_;
  SummaryFamily& seconds_;  // of pushes, by method
  SummaryFamily& bytes_;
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_GATEWAY_METRICS_H_
