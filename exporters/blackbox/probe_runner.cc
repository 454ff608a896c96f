#include "exporters/blackbox/probe_runner.h"

#include <cmath>

#include "exporters/blackbox/address_choice.h"

namespace narthex::blackbox {
namespace {

constexpr size_t kMaxAddresses = 64;  // of one target

// Probes address after address, as the policy has it; the metrics are those of the last. Each has a
// share of the time, lest one that keeps silent takes that of all.
Outcome RunOverAddresses(Probe& probe, ProbeMetrics& all) {
  const Module& module = probe.module();
  const IpPolicy policy = module.ip_policy;
  std::vector<Address> addresses;
  const std::string host = HostOfTarget(module.prober, probe.target);
  if (Outcome failure = FindAddresses(IpChoiceOf(module), host, probe.deadline, addresses))
    return failure;
  if (addresses.size() > kMaxAddresses) addresses.resize(kMaxAddresses);
  Outcome first_failure;
  Outcome last;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const Address& address = addresses[i];
    probe.metrics = {};
    const Deadline deadline = probe.deadline.Share(addresses.size() - i);
    Probe one{probe.target, probe.hostname, probe.runtime,
              deadline,     probe.log,      probe.metrics,
              probe.rules,  probe.now_ms,   probe.shows_days_until_failure,
              address.text};
    const int64_t begin_ns = probe.deadline.NowNs();
    last = ProberOf(module.prober)(one);
    all.Set(kAddressSuccess, last ? 0 : 1, {{"address", address.text}});
    all.Set(kAddressDuration, probe.deadline.SecondsSince(begin_ns), {{"address", address.text}});
    if (last) {
      probe.log.Info("address fails", LogField("address", address.text),
                     LogField("err", last->detail));
      if (!first_failure) first_failure = last;
    }
    const bool decided = (policy == IpPolicy::kAny && !last) || (policy == IpPolicy::kAll && last);
    if (decided) break;
  }
  return policy == IpPolicy::kAny ? last : first_failure;
}

}  // namespace

ProbeResult ProbeRunner::Run(const ProbeOrder& order) const {
  ProbeResult result;
  result.runtime = order.runtime;
  result.target = order.target;
  ProbeLog log(options_.log, log_, order.runtime->name(), result.target);
  const Deadline deadline(clock_, std::llround(order.timeout_seconds * 1e9), order.abandoned);
  Probe probe{order.target, order.hostname, *order.runtime, deadline,
              log,          result.metrics, options_.rules, clock_.NowMs()};
  probe.shows_days_until_failure = options_.shows_days_until_failure;
  const Module& module = order.runtime->module();
  log.Debug("probe begins", LogField("prober", module.prober),
            LogField("timeout_s", order.timeout_seconds));
  const int64_t begin_ns = deadline.NowNs();
  ProbeMetrics over_addresses;
  const Outcome failure = module.ip_policy == IpPolicy::kOne
                              ? ProberOf(module.prober)(probe)
                              : RunOverAddresses(probe, over_addresses);
  const double seconds = deadline.SecondsSince(begin_ns);
  result.success = !failure;
  result.metrics.Append(over_addresses);
  result.metrics.Set(kProbeSuccess, failure ? 0 : 1);
  result.metrics.Set(kProbeDuration, seconds);
  result.metrics.Set(kProbeTimeout, order.timeout_seconds);
  if (failure) {
    const std::string phase(PhaseName(failure->phase));
    const std::string reason(ReasonName(failure->reason));
    log.Error("probe failed", LogField("phase", phase), LogField("reason", reason),
              LogField("err", failure->detail), LogField("duration_s", seconds));
    if (options_.shows_failure_info)
      result.metrics.Set(kProbeFailureInfo, 1, {{"phase", phase}, {"reason", reason}});
  } else {
    log.Debug("probe succeeded", LogField("duration_s", seconds));
  }
  result.log_text = std::move(log.text());
  return result;
}

}  // namespace narthex::blackbox
