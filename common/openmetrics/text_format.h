// Prometheus text, versions 0.0.4 and 1.0.0, which is 0.0.4 with quoted UTF-8 names:
//
//   # HELP http_requests_total Requests answered.
//   # TYPE http_requests_total counter
//   http_requests_total{code="200"} 1027 1395066363000
//   {"my.metric","my label"="v"} 2
//
// Reading is as strict as the parser of the Pushgateway and of promtool (expfmt.TextParser): a line
// without end, a second HELP or TYPE, a TYPE after samples, an unknown escape or a label given
// twice refuses the body. Beyond that parser, what it would lose without a word is refused too: a
// histogram's sample that is no bucket, sum or count, a summary's that is no quantile, sum or
// count, a bucket or quantile given twice, and help that is not UTF-8.
#ifndef NARTHEX_COMMON_OPENMETRICS_TEXT_FORMAT_H_
#define NARTHEX_COMMON_OPENMETRICS_TEXT_FORMAT_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

// Families in the order of their first mention, those without metrics left out. A metric that is no
// histogram or summary and is given twice is there twice. kCorruption: "line:column: finding".
Result<std::vector<MetricFamily>> ReadText(std::string_view body, NameScheme names);

// What stands in a # TYPE line: a type that this format does not have becomes the nearest.
std::string_view TextTypeName(Type type);

// Appends the # HELP line, where there is help, and the # TYPE line.
void AppendTextHeader(std::string& out, const MetricFamily& family);

// Appends one line for each sample of all metrics.
void AppendTextSamples(std::string& out, const MetricFamily& family);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_TEXT_FORMAT_H_
