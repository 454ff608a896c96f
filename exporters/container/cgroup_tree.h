// All control groups of a machine at one moment.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CGROUP_TREE_H_
#define NARTHEX_EXPORTERS_CONTAINER_CGROUP_TREE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "exporters/container/cgroup_layout.h"

namespace narthex::exporters {

struct Cgroup {
  std::string path;          // "/" or "/system.slice/nginx.service"
  uint32_t hierarchies = 0;  // bit i: it is in the layout's hierarchy i
  size_t end = 0;            // behind the last one below it, in the order of the tree
  // The oldest time of modification of its folders, Unix time in seconds.
  int64_t changed_s = 0;

  bool IsIn(size_t hierarchy) const {
    return hierarchy < 32 && (hierarchies >> hierarchy & 1) != 0;
  }
};

struct CgroupTreeLimits {
  size_t max_depth = 64;
  size_t max_cgroups = 100'000;
};

// Parents before what is below them, siblings by name; the first is the root.
struct CgroupTree {
  std::vector<Cgroup> cgroups;
  bool is_cut = false;  // there are more than the limits take
};

// The union of the trees of all hierarchies. A group that goes meanwhile is not in it, or is
// without what was below. kNotFound, kUnavailable where a hierarchy cannot be read at all.
Result<CgroupTree> WalkCgroups(const OpenHierarchies& hierarchies, CgroupTreeLimits limits = {});

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CGROUP_TREE_H_
