// The protobuf exposition: io.prometheus.client.MetricFamily messages, each after its size as a
// varint ("encoding=delimited"). Fields and their numbers are those of client_model's
// metrics.proto; doubles are little-endian, as the machines that we run on.
#ifndef NARTHEX_COMMON_OPENMETRICS_PROTOBUF_FORMAT_H_
#define NARTHEX_COMMON_OPENMETRICS_PROTOBUF_FORMAT_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

// Families in their order, those without metrics left out. Refused are: a family given twice, a
// name that `names` does not admit or text that is not UTF-8, a label given twice, le in a
// histogram's labels or quantile in a summary's, a metric that is not of its family's type, and a
// native histogram whose spans and counts do not fit. kCorruption: "family 2: metric 0: finding".
Result<std::vector<MetricFamily>> ReadProtobuf(std::string_view body, NameScheme names);

// Appends one message with its size. Infos and statesets become gauges, custom buckets classic
// ones.
void AppendProtobuf(std::string& out, const MetricFamily& family);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_PROTOBUF_FORMAT_H_
