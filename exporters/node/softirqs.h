#ifndef NARTHEX_EXPORTERS_NODE_SOFTIRQS_H_
#define NARTHEX_EXPORTERS_NODE_SOFTIRQS_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// One kind of softirq. A line of /proc/softirqs, see proc(5), below the titles of the CPUs:
//       TIMER:     424191     108342
// The kind is a part of what was parsed.
struct Softirq {
  std::string_view kind;
  std::vector<double> counts;  // a CPU each, in the order of the titles
};

Result<std::vector<Softirq>> ParseSoftirqs(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SOFTIRQS_H_
