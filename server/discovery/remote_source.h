// Discoveries that ask somebody else: a server by HTTP, or DNS.
#ifndef NARTHEX_SERVER_DISCOVERY_REMOTE_SOURCE_H_
#define NARTHEX_SERVER_DISCOVERY_REMOTE_SOURCE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/registry.h"
#include "common/http_client/http_client.h"
#include "common/http_client/resolver.h"
#include "server/discovery/target_group.h"

namespace narthex::server {

// What one entry of http_sd_configs or dns_sd_configs finds. Use in callbacks of the client's loop.
class RemoteSource {
 public:
  using Found = std::function<void(const Result<std::vector<TargetGroup>>&)>;

  virtual ~RemoteSource() = default;

  // Asks once and calls `found` with all groups, or with why there is no answer: the groups of the
  // last one hold then. The source must live until that.
  virtual void Ask(Found found) = 0;

  virtual Duration refresh_interval() const = 0;
  // "http", "dns".
  virtual std::string_view mechanism() const = 0;
  // Whom it asks: an entry of the next configuration that asks the same goes on with what was
  // found.
  virtual std::string key() const = 0;
};

// prometheus_sd_http_* and prometheus_sd_dns_*. Safe from many threads.
struct RemoteSourceMetrics {
  explicit RemoteSourceMetrics(Registry& registry);

  Counter& http_failures;
  Counter& dns_lookups;
  Counter& dns_failures;
};

// Groups as JSON, from a server: [{"targets": ["a:1"], "labels": {"x": "y"}}]. Each gets the label
// __meta_url. Semantics follow http_sd_configs of Prometheus.
std::shared_ptr<RemoteSource> NewHttpSource(const HttpSdConfig& config, HttpClient& client,
                                            RemoteSourceMetrics& metrics);

// A target for each record, labelled __meta_dns_*. Semantics follow dns_sd_configs of Prometheus.
std::shared_ptr<RemoteSource> NewDnsSource(const DnsSdConfig& config, Resolver& resolver,
                                           RemoteSourceMetrics& metrics);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_DISCOVERY_REMOTE_SOURCE_H_
