// What one probe measured. Names and labels are those of blackbox_exporter.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_PROBE_METRICS_H_
#define NARTHEX_EXPORTERS_BLACKBOX_PROBE_METRICS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/openmetrics/writer.h"

namespace narthex::blackbox {

struct Metric {
  std::string_view name;
  std::string_view help;
};

// Gauges by metric and labels. Use from one thread.
class ProbeMetrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  void Set(const Metric& metric, double value, Labels labels = {});
  void Add(const Metric& metric, double value, Labels labels = {});

  void Append(const ProbeMetrics& others);

  // 0 where it was never set.
  double Value(const Metric& metric, const Labels& labels = {}) const;

  void WriteTo(openmetrics::ExpositionWriter& writer) const;

 private:
  struct Entry {
    const Metric* metric;
    Labels labels;
    double value = 0;
  };
  Entry& Find(const Metric& metric, Labels labels);

  std::vector<Entry> entries_;
};

inline constexpr Metric kProbeSuccess{"probe_success",
                                      "Whether the probe found all as it should be."};
inline constexpr Metric kProbeDuration{"probe_duration_seconds", "How long the probe took."};
inline constexpr Metric kProbeTimeout{"probe_timeout_seconds",
                                      "How long the probe could take at most."};
inline constexpr Metric kProbeFailureInfo{
    "probe_failure_info", "Where the probe failed, and what it met there; absent after a success."};
inline constexpr Metric kAddressSuccess{
    "probe_address_success", "Whether the probe of one address of the target succeeded."};
inline constexpr Metric kAddressDuration{"probe_address_duration_seconds",
                                         "How long the probe of one address of the target took."};

inline constexpr Metric kLookupTime{"probe_dns_lookup_time_seconds",
                                    "Time of the target's name lookup."};
inline constexpr Metric kIpProtocol{"probe_ip_protocol", "Protocol of the probed address: 4 or 6."};
inline constexpr Metric kIpHash{"probe_ip_addr_hash",
                                "Hash of the probed address: it changes when the address does."};

inline constexpr Metric kFailedByRegex{"probe_failed_due_to_regex",
                                       "Whether a regular expression made the probe fail."};
inline constexpr Metric kFailedByBytes{"probe_failed_due_to_bytes",
                                       "Whether other bytes than expected made the probe fail."};
inline constexpr Metric kFailedByCel{"probe_failed_due_to_cel",
                                     "Whether a CEL expression made the probe fail."};
inline constexpr Metric kExpectInfo{"probe_expect_info", "What expected texts had in them."};

inline constexpr Metric kEarliestExpiry{
    "probe_ssl_earliest_cert_expiry",
    "Unix time at which the first certificate that the peer sent expires."};
inline constexpr Metric kChainExpiry{
    "probe_ssl_last_chain_expiry_timestamp_seconds",
    "Unix time at which the verified chain of certificates expires."};
inline constexpr Metric kChainInfo{"probe_ssl_last_chain_info",
                                   "The certificate of the peer itself."};
inline constexpr Metric kTlsVersion{"probe_tls_version_info",
                                    "The version of TLS that was agreed upon."};
inline constexpr Metric kTlsCipher{"probe_tls_cipher_info", "The cipher that was agreed upon."};
inline constexpr Metric kDaysUntilFailure{
    "probe_ssl_days_until_clients_fail",
    "Days until the first certificate of the whole chain expires, and clients refuse the peer."};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_PROBE_METRICS_H_
