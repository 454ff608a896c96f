#ifndef NARTHEX_EXPORTERS_NODE_LOADAVG_H_
#define NARTHEX_EXPORTERS_NODE_LOADAVG_H_

#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// Runnable and uninterruptible tasks, averaged over 1, 5 and 15 minutes. Unit: tasks.
struct LoadAvg {
  double one;
  double five;
  double fifteen;
};

// One line of /proc/loadavg, see proc(5): 0.21 0.37 0.39 1/719 19737
Result<LoadAvg> ParseLoadAvg(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_LOADAVG_H_
