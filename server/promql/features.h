// The values of --enable-feature that are about queries, named as the reference names them.
#ifndef NARTHEX_SERVER_PROMQL_FEATURES_H_
#define NARTHEX_SERVER_PROMQL_FEATURES_H_

#include <string_view>

#include "common/status/status.h"
#include "server/promql/engine.h"

namespace narthex::promql {

// Switches a feature on. kInvalidArgument names what is not known.
Status EnableFeature(std::string_view name, EngineOptions& options);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_FEATURES_H_
