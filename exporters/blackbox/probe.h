// One probe under way, and the table of probers.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_PROBE_H_
#define NARTHEX_EXPORTERS_BLACKBOX_PROBE_H_

#include <string>
#include <string_view>

#include "exporters/blackbox/address_rules.h"
#include "exporters/blackbox/deadline.h"
#include "exporters/blackbox/failure.h"
#include "exporters/blackbox/module_runtime.h"
#include "exporters/blackbox/probe_log.h"
#include "exporters/blackbox/probe_metrics.h"

namespace narthex::blackbox {

// What a prober is given. All is borrowed; use from one thread.
struct Probe {
  std::string target;
  std::string hostname;  // of the request: the name to ask for, in place of the target's; or empty
  ModuleRuntime& runtime;
  const Deadline& deadline;
  ProbeLog& log;
  ProbeMetrics& metrics;
  const AddressRules& rules;
  int64_t now_ms = 0;  // Unix time at the start
  bool shows_days_until_failure = false;
  std::string address;  // the address of the target to probe, where it is not to be chosen

  const Module& module() const { return runtime.module(); }
};

using Prober = Outcome (*)(Probe& probe);

Outcome ProbeDns(Probe& probe);
Outcome ProbeGrpc(Probe& probe);
Outcome ProbeHttp(Probe& probe);
Outcome ProbeIcmp(Probe& probe);
Outcome ProbeTcp(Probe& probe);
Outcome ProbeUnix(Probe& probe);
Outcome ProbeWebsocket(Probe& probe);

// Of a module's `prober`, which has been checked.
Prober ProberOf(std::string_view name);

// The host that a prober would look up for a target; empty where the target is none.
std::string HostOfTarget(std::string_view prober, const std::string& target);

// Which addresses a module wants; of a prober that has any.
const IpChoice& IpChoiceOf(const Module& module);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_PROBE_H_
