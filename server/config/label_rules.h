// What labels in a configuration have to be.
#ifndef NARTHEX_SERVER_CONFIG_LABEL_RULES_H_
#define NARTHEX_SERVER_CONFIG_LABEL_RULES_H_

#include <map>
#include <string>
#include <vector>

#include "common/openmetrics/format.h"
#include "common/relabel/relabel.h"
#include "common/status/status.h"

namespace narthex::server {

// kInvalidArgument for a name that the scheme does not have, or a value that is not UTF-8.
Status CheckLabels(const std::map<std::string, std::string>& labels,
                   openmetrics::NameScheme scheme = openmetrics::NameScheme::kUtf8);

// kInvalidArgument for a rule that sets a label which the scheme does not have.
Status CheckTargetLabels(const std::vector<RelabelRule>& rules, openmetrics::NameScheme scheme);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_LABEL_RULES_H_
