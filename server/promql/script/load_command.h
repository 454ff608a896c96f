// The load command of test scripts.
#ifndef NARTHEX_SERVER_PROMQL_SCRIPT_LOAD_COMMAND_H_
#define NARTHEX_SERVER_PROMQL_SCRIPT_LOAD_COMMAND_H_

#include <span>
#include <string>

#include "common/status/status.h"
#include "server/promql/test_storage.h"

namespace narthex::promql {

// Fills `storage`. `header` is "load 5m" or "load_with_nhcb 5m", `lines` are the series.
Status RunLoad(std::string_view header, std::span<const std::string> lines, TestStorage& storage);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SCRIPT_LOAD_COMMAND_H_
