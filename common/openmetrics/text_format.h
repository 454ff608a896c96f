// Prometheus text, versions 0.0.4 and 1.0.0, which is 0.0.4 with quoted UTF-8 names:
//
//   # HELP http_requests_total Requests answered.
//   # TYPE http_requests_total counter
//   http_requests_total{code="200"} 1027 1395066363000
//   {"my.metric","my label"="v"} 2
//
// Reading follows the parser that the Pushgateway and promtool use (expfmt.TextParser): a second
// HELP or TYPE, a TYPE after samples, an unknown escape or a label given twice refuses the body.
#ifndef NARTHEX_COMMON_OPENMETRICS_TEXT_FORMAT_H_
#define NARTHEX_COMMON_OPENMETRICS_TEXT_FORMAT_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

// Families in the order of their first mention, those without metrics left out. One metric given
// twice is there twice. kCorruption: "line:column: finding".
Result<std::vector<MetricFamily>> ReadText(std::string_view body, NameScheme names);

// What stands in a # TYPE line: a type that this format does not have becomes the nearest.
std::string_view TextTypeName(Type type);

// Appends the # HELP, where there is one, and # TYPE lines.
void AppendTextHeader(std::string& out, const MetricFamily& family);

// Appends one line for each sample of all metrics.
void AppendTextSamples(std::string& out, const MetricFamily& family);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_TEXT_FORMAT_H_
