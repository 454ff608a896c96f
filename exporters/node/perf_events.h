// The performance events that the collector perf knows, and their metrics.
#ifndef NARTHEX_EXPORTERS_NODE_PERF_EVENTS_H_
#define NARTHEX_EXPORTERS_NODE_PERF_EVENTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/fs/files.h"
#include "common/status/status.h"
#include "exporters/node/perf_counter.h"

namespace narthex::exporters {

struct PerfMetric {
  std::string profiler;  // as flags name it: "CpuCycles"
  std::string name;      // "node_perf_cpucycles_total"
  std::string help;
  PerfEvent event;
};

const std::vector<PerfMetric>& HardwarePerfMetrics();
const std::vector<PerfMetric>& SoftwarePerfMetrics();
const std::vector<PerfMetric>& CachePerfMetrics();

// Those of `known` that `chosen` names, in its order; all where it is empty. kInvalidArgument names
// one that is unknown.
Result<std::vector<PerfMetric>> ChoosePerfMetrics(const std::vector<PerfMetric>& known,
                                                  const std::vector<std::string>& chosen);

// The metric of a tracepoint "subsystem:event", whose number tracefs below `sys` tells.
// kInvalidArgument: not such a text. kUnavailable: tracefs does not know it, or may not be read.
Result<PerfMetric> TracepointMetric(const Directory& sys, std::string_view tracepoint);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_PERF_EVENTS_H_
