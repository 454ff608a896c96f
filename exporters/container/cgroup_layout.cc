#include "exporters/container/cgroup_layout.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "exporters/kit/mountinfo.h"

namespace narthex::exporters {
namespace {

// The names of version 1.
constexpr std::pair<std::string_view, Controller> kNames[] = {
    {"cpu", Controller::kCpu},        {"cpuacct", Controller::kCpuacct},
    {"memory", Controller::kMemory},  {"blkio", Controller::kIo},
    {"pids", Controller::kPids},      {"cpuset", Controller::kCpuset},
    {"hugetlb", Controller::kHugetlb}};

// The mounts that count: of those of one file system, which its device number tells, the one with
// the shortest path.
std::vector<Mount> PickMounts(const std::vector<Mount>& mounts) {
  std::vector<Mount> picked;
  std::map<std::string, size_t> by_device;
  for (const Mount& mount : mounts) {
    if (mount.fs_type != "cgroup" && mount.fs_type != "cgroup2") continue;
    const auto [at, is_new] = by_device.emplace(mount.major + ":" + mount.minor, picked.size());
    if (is_new) {
      picked.push_back(mount);
    } else if (mount.mount_point.size() < picked[at->second].mount_point.size()) {
      picked[at->second] = mount;
    }
  }
  return picked;
}

}  // namespace

OpenHierarchies::OpenHierarchies(CgroupLayout layout) : layout_(std::move(layout)) {
  for (const CgroupHierarchy& hierarchy : layout_.hierarchies) {
    roots_.emplace_back(::open(hierarchy.mount_point.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    errors_.push_back(roots_.back().ok() ? 0 : errno);
  }
}

Result<CgroupLayout> ParseCgroupLayout(std::string_view mountinfo) {
  ASSIGN_OR_RETURN(const std::vector<Mount> mounts, ParseMountinfo(mountinfo));
  CgroupLayout layout;
  layout.of.fill(CgroupLayout::kNone);
  for (const Mount& mount : PickMounts(mounts)) {
    if (layout.hierarchies.size() == CgroupLayout::kMaxHierarchies) break;
    const size_t index = layout.hierarchies.size();
    const bool is_unified = mount.fs_type == "cgroup2";
    bool has_controller = is_unified;
    if (is_unified) layout.of[static_cast<size_t>(Controller::kUnified)] = index;
    for (const auto& [name, controller] : kNames) {
      if (is_unified || !FindMountOption(mount.super_options, name)) continue;
      layout.of[static_cast<size_t>(controller)] = index;
      has_controller = true;
    }
    if (has_controller) layout.hierarchies.push_back({mount.mount_point, is_unified});
  }
  if (layout.hierarchies.empty()) return NoData("mountinfo: no control groups are mounted");
  // What version 1 does not have may be a controller of version 2.
  const size_t unified = layout.HierarchyOf(Controller::kUnified);
  for (size_t& hierarchy : layout.of) {
    if (hierarchy == CgroupLayout::kNone) hierarchy = unified;
  }
  return layout;
}

}  // namespace narthex::exporters
