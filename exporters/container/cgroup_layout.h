// Where the control groups of a machine are mounted, and which of their files tell what.
//
// Version 2 has one hierarchy with all controllers; version 1 has one for each controller, or for
// some together; a hybrid machine has those of version 1 and a version 2 beside them, with whatever
// controllers are left. See cgroups(7).
#ifndef NARTHEX_EXPORTERS_CONTAINER_CGROUP_LAYOUT_H_
#define NARTHEX_EXPORTERS_CONTAINER_CGROUP_LAYOUT_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/fs/descriptor.h"
#include "common/status/status.h"

namespace narthex::exporters {

// What a control group can tell. kPressure and kEvents are files that version 2 alone has, whatever
// controllers are on.
enum class Controller : unsigned char {
  kCpu,
  kCpuacct,
  kMemory,
  kIo,  // "blkio" of version 1
  kPids,
  kCpuset,
  kHugetlb,
  kUnified,
};
inline constexpr size_t kControllerCount = 8;

struct CgroupHierarchy {
  std::string mount_point;
  bool is_unified = false;
};

struct CgroupLayout {
  static constexpr size_t kMaxHierarchies = 16;
  static constexpr size_t kNone = SIZE_MAX;

  std::vector<CgroupHierarchy> hierarchies;  // those that have a controller of ours
  // The hierarchy of each controller by its index; kNone where the machine does not have it.
  std::array<size_t, kControllerCount> of;

  // Nothing but version 2.
  bool IsUnified() const { return hierarchies.size() == 1 && hierarchies[0].is_unified; }
  size_t HierarchyOf(Controller controller) const { return of[static_cast<size_t>(controller)]; }
};

// The roots of all hierarchies held open: to find what is below them costs no walk from "/".
class OpenHierarchies {
 public:
  explicit OpenHierarchies(CgroupLayout layout);

  const CgroupLayout& layout() const { return layout_; }
  size_t count() const { return roots_.size(); }
  int root(size_t hierarchy) const { return roots_[hierarchy].get(); }   // below 0: not opened
  int root_error(size_t hierarchy) const { return errors_[hierarchy]; }  // errno, then
  // "." or "system.slice/nginx.service" of the path of a group, for openat(2) with root().
  static const char* Relative(const std::string& path) {
    return path.size() > 1 ? path.c_str() + 1 : ".";
  }

 private:
  const CgroupLayout layout_;
  std::vector<Descriptor> roots_;  // one for each hierarchy
  std::vector<int> errors_;
};

// From /proc/PID/mountinfo. Of several mounts of one hierarchy the one with the shortest path
// counts. kNoData where no control groups are mounted.
Result<CgroupLayout> ParseCgroupLayout(std::string_view mountinfo);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CGROUP_LAYOUT_H_
