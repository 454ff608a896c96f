// The values of --enable-feature that are about queries, named as the reference names them.
#ifndef NARTHEX_SERVER_PROMQL_FEATURES_H_
#define NARTHEX_SERVER_PROMQL_FEATURES_H_

#include <string>
#include <vector>

#include "common/status/status.h"
#include "server/promql/engine.h"

namespace narthex::promql {

// Switches features on. Each text is a list between commas; kInvalidArgument names what is not
// known.
Status EnableFeatures(const std::vector<std::string>& lists, EngineOptions& options);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_FEATURES_H_
