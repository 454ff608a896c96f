#include "exporters/container/cgroup_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

namespace narthex::exporters {
namespace {

// A child of a group and the hierarchies that have it.
using Child = std::pair<std::string, uint32_t>;
// A group's folder in each hierarchy, where it has groups below it.
using Folders = std::array<int, CgroupLayout::kMaxHierarchies>;

// The folders of a group that are open while what is below it is visited.
class OpenFolders {
 public:
  OpenFolders() { fds_.fill(-1); }
  OpenFolders(const OpenFolders&) = delete;
  OpenFolders& operator=(const OpenFolders&) = delete;
  ~OpenFolders() {
    for (DIR* folder : opened_) ::closedir(folder);
  }

  // Null where it cannot be opened.
  DIR* Open(size_t hierarchy, int parent, const char* name) {
    const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return nullptr;
    DIR* folder = ::fdopendir(fd);
    if (folder == nullptr) {
      ::close(fd);
      return nullptr;
    }
    opened_.push_back(folder);
    fds_[hierarchy] = fd;
    return folder;
  }
  const Folders& fds() const { return fds_; }

 private:
  std::vector<DIR*> opened_;
  Folders fds_;
};

class Walker {
 public:
  Walker(const OpenHierarchies& hierarchies, CgroupTreeLimits limits)
      : hierarchies_(hierarchies), limits_(limits) {}

  Status Walk() {
    Folders roots;
    roots.fill(-1);
    for (size_t i = 0; i < hierarchies_.count(); ++i) roots[i] = hierarchies_.root(i);
    return Visit(0, (1U << hierarchies_.count()) - 1, roots, ".");
  }
  CgroupTree TakeTree() { return std::move(tree_); }

 private:
  // Visits the group whose path is path_, in those hierarchies, and all below it. It has that name
  // in the folders of its parent: from there the kernel finds it without a walk along its path.
  Status Visit(size_t depth, uint32_t hierarchies, const Folders& parents, const char* name) {
    if (depth > limits_.max_depth || cgroups_.size() >= limits_.max_cgroups) {
      tree_.is_cut = true;
      return {};
    }
    Cgroup cgroup{path_.empty() ? "/" : path_, 0, 0, std::numeric_limits<int64_t>::max()};
    std::vector<Child> children;
    OpenFolders folders;
    for (size_t i = 0; i < hierarchies_.count(); ++i) {
      if ((hierarchies >> i & 1) == 0) continue;
      if (!Look(i, parents[i], name, cgroup, folders, children) && depth == 0)
        return RootFailure(i);
    }
    if (cgroup.hierarchies == 0) return {};  // it has just gone
    const size_t index = cgroups_.size();
    cgroups_.push_back(std::move(cgroup));
    RETURN_IF_ERROR(VisitChildren(depth, folders.fds(), children));
    cgroups_[index].end = cgroups_.size();
    return {};
  }

  Status VisitChildren(size_t depth, const Folders& folders, std::vector<Child>& children) {
    std::sort(children.begin(), children.end());
    for (size_t begin = 0, end = 0; begin < children.size(); begin = end) {
      const std::string& name = children[begin].first;
      uint32_t having = 0;
      for (end = begin; end < children.size() && children[end].first == name; ++end)
        having |= children[end].second;
      const size_t size = path_.size();
      path_.append("/").append(name);
      RETURN_IF_ERROR(Visit(depth + 1, having, folders, name.c_str()));
      path_.resize(size);
    }
    return {};
  }

  // Looks at the group in one hierarchy; false, with errno, where it is not there. A folder of the
  // kernel's has a link for each folder in it and two more, so most groups, which have none, need
  // not be read.
  static bool Look(size_t hierarchy, int parent, const char* name, Cgroup& cgroup,
                   OpenFolders& folders, std::vector<Child>& children) {
    struct stat about {};
    if (::fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(about.st_mode))
      return false;
    cgroup.hierarchies |= 1U << hierarchy;
    cgroup.changed_s = std::min<int64_t>(cgroup.changed_s, about.st_mtim.tv_sec);
    if (about.st_nlink == 2) return true;
    DIR* folder = folders.Open(hierarchy, parent, name);
    if (folder == nullptr) return false;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view child = entry->d_name;
      if (entry->d_type == DT_DIR && child != "." && child != "..")
        children.emplace_back(child, 1U << hierarchy);
    }
    return true;
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
