#ifndef NARTHEX_EXPORTERS_NODE_PROCESSES_H_
#define NARTHEX_EXPORTERS_NODE_PROCESSES_H_

#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// A process or thread, from its file stat, see proc_pid_stat(5). The state is a part of what was
// parsed: "S".
struct TaskStat {
  std::string_view state;
  double threads;
};

Result<TaskStat> ParseTaskStat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_PROCESSES_H_
