#include "exporters/container/cgroup_view.h"

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "exporters/container/cgroup_files.h"

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

std::optional<std::string_view> CgroupView::ReadIn(size_t hierarchy, const std::string& path,
                                                   const char* file) {
  file_path_.assign(layout_.hierarchies[hierarchy].mount_point);
  if (path != "/") file_path_ += path;
  file_path_.append("/").append(file);
  if (!ReadFile(file_path_, text_).ok()) return std::nullopt;
  return text_;
}

std::optional<std::string_view> CgroupView::Read(Controller controller, const char* file) {
  const size_t hierarchy = Find(controller);
  if (hierarchy == CgroupLayout::kNone) return std::nullopt;
  return ReadIn(hierarchy, path(), file);
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
    if (hierarchy == CgroupLayout::kNone) continue;
    if (const auto text = ReadIn(hierarchy, tree_[i].path, "cgroup.procs"))
      AppendProcesses(*text, *kept);
  }
  return *kept;
}

std::optional<uint32_t> CgroupView::AnyProcess() {
  if (!Processes(false).empty()) return Processes(false).front();
  if (cgroup().end == index_ + 1) return std::nullopt;
  return Processes(true).empty() ? std::nullopt : std::optional(Processes(true).front());
}

}  // namespace narthex::exporters
