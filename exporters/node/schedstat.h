#ifndef NARTHEX_EXPORTERS_NODE_SCHEDSTAT_H_
#define NARTHEX_EXPORTERS_NODE_SCHEDSTAT_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A line "cpuN" of /proc/schedstat: the last three of its nine numbers, see the kernel's
// Documentation/scheduler/sched-stats.rst. The CPU is a part of what was parsed, without "cpu".
struct CpuSchedule {
  std::string_view cpu;
  double running_ns;
  double waiting_ns;
  double timeslices;
};

Result<std::vector<CpuSchedule>> ParseSchedstat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SCHEDSTAT_H_
