#include "exporters/container/cgroup_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace narthex::exporters {
namespace {

// A child of a group and the hierarchies that have it.
using Child = std::pair<std::string, uint32_t>;

class Walker {
 public:
  Walker(const OpenHierarchies& hierarchies, CgroupTreeLimits limits)
      : hierarchies_(hierarchies), limits_(limits) {}

  Status Walk() { return Visit(0, (1U << hierarchies_.count()) - 1); }
  CgroupTree TakeTree() { return std::move(tree_); }

 private:
  // Visits the group whose path is path_, in those hierarchies, and all below it.
  Status Visit(size_t depth, uint32_t hierarchies) {
    if (depth > limits_.max_depth || cgroups_.size() >= limits_.max_cgroups) {
      tree_.is_cut = true;
      return {};
    }
    Cgroup cgroup{path_.empty() ? "/" : path_, 0, 0, std::numeric_limits<int64_t>::max()};
    std::vector<Child> children;
    for (size_t i = 0; i < hierarchies_.count(); ++i) {
      if ((hierarchies >> i & 1) != 0) RETURN_IF_ERROR(Look(i, depth == 0, cgroup, children));
    }
    if (cgroup.hierarchies == 0) return {};  // it has just gone
    const size_t index = cgroups_.size();
    cgroups_.push_back(std::move(cgroup));
    std::sort(children.begin(), children.end());
    for (size_t begin = 0, end = 0; begin < children.size(); begin = end) {
      uint32_t having = 0;
      for (end = begin; end < children.size() && children[end].first == children[begin].first;
           ++end)
        having |= children[end].second;
      const size_t size = path_.size();
      path_.append("/").append(children[begin].first);
      RETURN_IF_ERROR(Visit(depth + 1, having));
      path_.resize(size);
    }
    cgroups_[index].end = cgroups_.size();
    return {};
  }

  // Looks at the group in one hierarchy. A folder of the kernel's has a link for each folder in it
  // and two more, so most groups, which have none, need not be read.
  Status Look(size_t hierarchy, bool is_root, Cgroup& cgroup, std::vector<Child>& children) {
    const int root = hierarchies_.root(hierarchy);
    const char* folder = OpenHierarchies::Relative(path_);
    struct stat about {};
    if (::fstatat(root, folder, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(about.st_mode))
      return is_root ? RootFailure(hierarchy) : Status();
    cgroup.hierarchies |= 1U << hierarchy;
    cgroup.changed_s = std::min<int64_t>(cgroup.changed_s, about.st_mtim.tv_sec);
    if (about.st_nlink == 2) return {};
    const int fd = ::openat(root, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR* opened = fd < 0 ? nullptr : ::fdopendir(fd);
    if (opened == nullptr) return is_root ? RootFailure(hierarchy) : Status();
    while (const dirent* entry = ::readdir(opened)) {
      const std::string_view name = entry->d_name;
      if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
      children.emplace_back(name, 1U << hierarchy);
    }
    ::closedir(opened);
    return {};
  }

  Status RootFailure(size_t hierarchy) const {
    const int error = hierarchies_.root(hierarchy) < 0 ? hierarchies_.root_error(hierarchy) : errno;
    return ErrnoStatus(
        "open folder " + Quote(hierarchies_.layout().hierarchies[hierarchy].mount_point), error);
  }

  const OpenHierarchies& hierarchies_;
  const CgroupTreeLimits limits_;
  std::string path_;  // of the group under way; empty for the root
  CgroupTree tree_;
  std::vector<Cgroup>& cgroups_ = tree_.cgroups;
};

}  // namespace

Result<CgroupTree> WalkCgroups(const OpenHierarchies& hierarchies, CgroupTreeLimits limits) {
  Walker walker(hierarchies, limits);
  RETURN_IF_ERROR(walker.Walk());
  return walker.TakeTree();
}

}  // namespace narthex::exporters
