#ifndef NARTHEX_EXPORTERS_NODE_XFS_H_
#define NARTHEX_EXPORTERS_NODE_XFS_H_

#include <map>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// What XFS counts of a file system, from /sys/fs/xfs/DEVICE/stats/stats: lines of a key and
// numbers, see xfs.org/index.php/Runtime_Stats. The keys are parts of what was parsed.
//   extent_alloc 1 872 0 0
Result<std::map<std::string_view, std::vector<double>>> ParseXfsStats(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_XFS_H_
