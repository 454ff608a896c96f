// Families in the JSON of /api/v1/metrics, which has numbers as strings.
#ifndef NARTHEX_PUSHGATEWAY_FAMILY_JSON_H_
#define NARTHEX_PUSHGATEWAY_FAMILY_JSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/openmetrics/model.h"

namespace narthex::pushgateway {

// {"time_stamp":…,"type":"GAUGE","help":…,"metrics":[{"labels":{…},"value":"1"}]}
void AppendJsonFamily(std::string& out, const openmetrics::MetricFamily& family, int64_t time_ms);

// {"instance":"","job":"a"}
void AppendJsonLabelPairs(std::string& out, const std::vector<openmetrics::LabelPair>& labels);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_FAMILY_JSON_H_
