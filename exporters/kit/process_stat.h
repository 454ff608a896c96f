#ifndef NARTHEX_EXPORTERS_KIT_PROCESS_STAT_H_
#define NARTHEX_EXPORTERS_KIT_PROCESS_STAT_H_

#include <cstdint>
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

// A process, from its file stat, see proc_pid_stat(5). The name is a part of what was parsed.
struct ProcessStat {
  std::string_view name;
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  uint64_t threads = 0;
  uint64_t start_ticks = 0;  // since boot
  uint64_t resident_pages = 0;
};
Result<ProcessStat> ParseProcessStat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_PROCESS_STAT_H_
