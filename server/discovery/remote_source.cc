#include "server/discovery/remote_source.h"

namespace narthex::server {

RemoteSourceMetrics::RemoteSourceMetrics(Registry& registry)
    : http_failures(registry.AddCounter("prometheus_sd_http_failures_total",
                                        "Answers of HTTP discovery that failed or were broken.")),
      dns_lookups(
          registry.AddCounter("prometheus_sd_dns_lookups_total", "Lookups for DNS discovery.")),
      dns_failures(registry.AddCounter("prometheus_sd_dns_lookup_failures_total",
                                       "Lookups for DNS discovery that failed.")) {}

}  // namespace narthex::server
