// OpenMetrics text 1.0.0 (0.0.1 differs in nothing that matters here):
//
//   # TYPE http_request_seconds counter
//   # UNIT http_request_seconds seconds
//   http_request_seconds_total{code="200"} 1027.5 1395066363.5 # {trace_id="a"} 0.6
//   http_request_seconds_created{code="200"} 1395000000
//   # EOF
//
// Reading holds the standard to the letter, beyond what Prometheus asks of a scrape: what is
// interleaved, repeated, clashing or out of order, a value that its type forbids, a missing +Inf
// bucket. Where the standard says SHOULD it is not enforced. Source:
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md
#ifndef NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_FORMAT_H_
#define NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_FORMAT_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

inline constexpr std::string_view kOpenMetricsEnd = "# EOF\n";

// Families in their order, those without metrics left out. The standard is met with
// NameScheme::kLegacy; kUtf8 adds quoted names as Prometheus 3 writes them. kCorruption:
// "line:column: finding".
Result<std::vector<MetricFamily>> ReadOpenMetrics(std::string_view body, NameScheme names);

// The family's name as OpenMetrics has it: without the _total of a counter and the _info of an
// info.
std::string_view OpenMetricsName(std::string_view name, Type type);

// Appends the family's metadata and samples. The exposition ends with kOpenMetricsEnd.
void AppendOpenMetrics(std::string& out, const MetricFamily& family);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_FORMAT_H_
