// Test scripts of PromQL: load, clear and eval commands with what is expected of them.
//
// The language is that of Prometheus' promql/promqltest, described in its README. Everything that
// the reference keeps behind a switch is on.
#ifndef NARTHEX_SERVER_PROMQL_SCRIPT_SCRIPT_H_
#define NARTHEX_SERVER_PROMQL_SCRIPT_SCRIPT_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::promql {

struct ScriptOutcome {
  size_t cases = 0;                   // eval commands
  std::vector<std::string> failures;  // one a failed case: "line 12: query: finding"
};

// Runs a script to its end whatever cases fail. kInvalidArgument "line 12: …" for what is no
// script.
Result<ScriptOutcome> RunScript(std::string_view text);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SCRIPT_SCRIPT_H_
