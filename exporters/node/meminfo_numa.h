#ifndef NARTHEX_EXPORTERS_NODE_MEMINFO_NUMA_H_
#define NARTHEX_EXPORTERS_NODE_MEMINFO_NUMA_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "exporters/node/meminfo.h"

namespace narthex::exporters {

// The memory of one NUMA node, from its file meminfo below /sys/devices/system/node. A line is
// "Node 0 Active(anon):  5456380 kB"; unlike in ParseMeminfo(), no name says that it is in bytes.
Result<std::vector<MeminfoField>> ParseNodeMeminfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_MEMINFO_NUMA_H_
