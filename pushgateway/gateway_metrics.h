// What the pushgateway counts of its own work, by the names of the original.
#ifndef NARTHEX_PUSHGATEWAY_GATEWAY_METRICS_H_
#define NARTHEX_PUSHGATEWAY_GATEWAY_METRICS_H_

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "common/http_server/message.h"

namespace narthex::pushgateway {

// Sum, count, and the quantiles of the last kRecent observations. Safe from many threads.
class RecentSummary {
 public:
  static constexpr size_t kRecent = 1024;

  void Observe(double value);
  void WriteTo(openmetrics::Family& family, std::string_view method) const;

 private:
  mutable std::mutex mutex_;
  std::array<double, kRecent> recent_{};  // a ring
  uint64_t count_ = 0;
  double sum_ = 0;
};

// Safe from many threads; outlived by its registry.
class GatewayMetrics {
 public:
  GatewayMetrics(Registry& registry, const Clock& clock);

  // The handler, its answers counted in pushgateway_http_requests_total.
  HttpHandler Counted(std::string name, HttpHandler handler);
  // The same for pushes, whose size and duration are observed too.
  HttpHandler CountedPush(HttpHandler handler);

 private:
  // By method, PUT and POST.
  struct Pushes {
    RecentSummary seconds;
    RecentSummary bytes;
  };

  const Clock& clock_;
  CounterFamily& requests_;
  Pushes put_;
  Pushes post_;
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_GATEWAY_METRICS_H_
