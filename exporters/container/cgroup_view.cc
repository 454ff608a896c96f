#include "exporters/container/cgroup_view.h"

#include <fcntl.h>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "common/fs/descriptor.h"
#include "exporters/container/cgroup_files.h"
#include "exporters/container/kernel_file.h"

namespace narthex::exporters {

size_t CgroupView::Find(Controller controller) const {
  const size_t hierarchy = layout_.HierarchyOf(controller);
  if (hierarchy == CgroupLayout::kNone || cgroup().IsIn(hierarchy)) return hierarchy;
  const size_t unified = layout_.HierarchyOf(Controller::kUnified);
  return unified != CgroupLayout::kNone && cgroup().IsIn(unified) ? unified : CgroupLayout::kNone;
}

bool CgroupView::IsUnified(Controller controller) const {
  const size_t hierarchy = Find(controller);
  return hierarchy != CgroupLayout::kNone && layout_.hierarchies[hierarchy].is_unified;
}

// The whole path each time: to open the folder first would cost more calls than it spares steps.
bool CgroupView::ReadFile(size_t hierarchy, const std::string& path, const char* file) {
  file_path_.assign(OpenHierarchies::Relative(path)).append("/").append(file);
  const Descriptor opened(
      ::openat(hierarchies_.root(hierarchy), file_path_.c_str(), O_RDONLY | O_CLOEXEC));
  return opened.ok() && ReadKernelFile(opened.get(), text_);
}

std::optional<std::string_view> CgroupView::Read(Controller controller, const char* file) {
  const size_t hierarchy = Find(controller);
  if (hierarchy == CgroupLayout::kNone || !ReadFile(hierarchy, path(), file)) return std::nullopt;
  return std::string_view(text_);
}

std::optional<uint64_t> CgroupView::ReadNumber(Controller controller, const char* file) {
  const auto text = Read(controller, file);
  return text ? ParseUnsigned(TrimBlanks(*text)) : std::nullopt;
}

size_t CgroupView::ProcessHierarchy(const Cgroup& cgroup) const {
  for (const Controller controller :
       {Controller::kCpu, Controller::kMemory, Controller::kPids, Controller::kUnified}) {
    const size_t hierarchy = layout_.HierarchyOf(controller);
    if (hierarchy != CgroupLayout::kNone && cgroup.IsIn(hierarchy)) return hierarchy;
  }
  for (size_t i = 0; i < layout_.hierarchies.size(); ++i) {
    if (cgroup.IsIn(i)) return i;
  }
  return CgroupLayout::kNone;
}

const std::vector<uint32_t>& CgroupView::Processes(bool below) {
  std::optional<std::vector<uint32_t>>& kept = below ? all_ : own_;
  if (kept) return *kept;
  kept.emplace();
  const size_t end = below ? cgroup().end : index_ + 1;
  for (size_t i = index_; i < end; ++i) {
    const size_t hierarchy = ProcessHierarchy(tree_[i]);
    if (hierarchy != CgroupLayout::kNone && ReadFile(hierarchy, tree_[i].path, "cgroup.procs"))
      AppendProcesses(text_, *kept);
  }
  return *kept;
}

std::optional<uint32_t> CgroupView::AnyProcess() {
  if (!Processes(false).empty()) return Processes(false).front();
  if (cgroup().end == index_ + 1) return std::nullopt;
  return Processes(true).empty() ? std::nullopt : std::optional(Processes(true).front());
}

}  // namespace narthex::exporters
