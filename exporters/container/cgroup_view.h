// One control group during one scrape: finds its files wherever its controllers are.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CGROUP_VIEW_H_
#define NARTHEX_EXPORTERS_CONTAINER_CGROUP_VIEW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/container/cgroup_layout.h"
#include "exporters/container/cgroup_tree.h"

namespace narthex::exporters {

// A text that Read() gave is valid until the next call of any of these. All give nothing where the
// file is not there, is refused, or went with its group.
class CgroupView {
 public:
  // `tree` is the whole, `index` the group in it. Both, and `hierarchies`, outlive the view.
  CgroupView(const OpenHierarchies& hierarchies, const std::vector<Cgroup>& tree, size_t index)
      : hierarchies_(hierarchies), layout_(hierarchies.layout()), tree_(tree), index_(index) {}

  const std::string& path() const { return tree_[index_].path; }
  const Cgroup& cgroup() const { return tree_[index_]; }
  bool is_root() const { return index_ == 0; }

  // Whether the controller accounts for this group, and by which version's files. A group that
  // version 1 does not have may be in the version 2 beside it.
  bool Has(Controller controller) const { return Find(controller) != CgroupLayout::kNone; }
  bool IsUnified(Controller controller) const;

  std::optional<std::string_view> Read(Controller controller, const char* file);
  std::optional<uint64_t> ReadNumber(Controller controller, const char* file);

  // The processes in the group itself or, where `below`, in those below it too. Read once each.
  const std::vector<uint32_t>& Processes(bool below);
  // Any process in the group or below it.
  std::optional<uint32_t> AnyProcess();

 private:
  size_t Find(Controller controller) const;
  // The hierarchy that tells a group's processes.
  size_t ProcessHierarchy(const Cgroup& cgroup) const;
  // Reads a file of a group into text_; false where that cannot be.
  bool ReadFile(size_t hierarchy, const std::string& path, const char* file);

  const OpenHierarchies& hierarchies_;
  const CgroupLayout& layout_;
  const std::vector<Cgroup>& tree_;
  const size_t index_;
  std::string file_path_;
  std::string text_;
  std::optional<std::vector<uint32_t>> own_;
  std::optional<std::vector<uint32_t>> all_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CGROUP_VIEW_H_
