// The steps of `query_response` on a stream: waits for texts, says texts, turns to TLS.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_CONVERSATION_H_
#define NARTHEX_EXPORTERS_BLACKBOX_CONVERSATION_H_

#include <string>
#include <vector>

#include "exporters/blackbox/connection.h"
#include "exporters/blackbox/probe.h"

namespace narthex::blackbox {

// `tls_name` is the name to ask for and check where a step turns to TLS.
Outcome Converse(Probe& probe, Connection& connection, const std::vector<QueryResponse>& steps,
                 const std::string& tls_name);

// Turns a connection to TLS with the module's settings, and shows what was agreed upon.
Outcome SecureConnection(Probe& probe, Connection& connection, const std::string& tls_name);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_CONVERSATION_H_
