// What escaping does to names that are not legacy may make two of them one. An exposition must not
// show both.
#ifndef NARTHEX_PUSHGATEWAY_ESCAPED_FAMILIES_H_
#define NARTHEX_PUSHGATEWAY_ESCAPED_FAMILIES_H_

#include <vector>

#include "common/openmetrics/format.h"
#include "common/openmetrics/model.h"

namespace narthex::pushgateway {

// Takes out the families and metrics that this escaping would make alike to another one, which
// stays: one that needs no escaping, else the first. Families differ, and so do their metrics.
void DropAlikeWhenEscaped(std::vector<openmetrics::MetricFamily>& families,
                          openmetrics::Escaping escaping);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_ESCAPED_FAMILIES_H_
