// Runs a probe from its beginning to its result: over one address of the target or several.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_PROBE_RUNNER_H_
#define NARTHEX_EXPORTERS_BLACKBOX_PROBE_RUNNER_H_

#include <functional>
#include <memory>
#include <string>

#include "exporters/blackbox/probe.h"

namespace narthex::blackbox {

struct ProbeOptions {
  LogOptions log;  // of probes
  bool shows_failure_info = false;
  bool shows_days_until_failure = false;
  AddressRules rules;
};

struct ProbeOrder {
  std::shared_ptr<ModuleRuntime> runtime;
  std::string target;
  std::string hostname;  // of the request, or empty
  double timeout_seconds = 0;
  std::function<bool()> abandoned;
};

struct ProbeResult {
  std::shared_ptr<ModuleRuntime> runtime;
  std::string target;
  bool success = false;
  ProbeMetrics metrics;
  std::string log_text;
};

// Safe from many threads; each probe runs on the fiber that asks for it.
class ProbeRunner {
 public:
  // `clock` is borrowed. Probes write to `log`, which is of the level of --log.prober.
  ProbeRunner(ProbeOptions options, const Clock& clock, const Logger& log)
      : options_(std::move(options)), clock_(clock), log_(log) {}

  ProbeResult Run(const ProbeOrder& order) const;

 private:
  const ProbeOptions options_;
  const Clock& clock_;
  const Logger log_;
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_PROBE_RUNNER_H_
