#ifndef NARTHEX_EXPORTERS_NODE_CGROUPS_H_
#define NARTHEX_EXPORTERS_NODE_CGROUPS_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A controller of control groups. A line of /proc/cgroups, see cgroups(7), below its title:
//   cpu  3  172  1        name, hierarchy, number of cgroups, enabled
// The name is a part of what was parsed.
struct CgroupController {
  std::string_view name;
  double cgroups;
  double enabled;
};

Result<std::vector<CgroupController>> ParseCgroups(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_CGROUPS_H_
