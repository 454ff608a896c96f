#include "exporters/container/selection.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include "exporters/container/cgroup_view.h"

namespace narthex::exporters {
namespace {

bool IsRawShown(const std::string& path, const ContainerOptions& options) {
  if (options.raw_prefixes.empty()) return !options.containers_only;
  return std::any_of(options.raw_prefixes.begin(), options.raw_prefixes.end(),
                     [&](const std::string& prefix) { return path.starts_with(prefix); });
}

// Leaves of each container of a pod the newest alone. Other runtimes restart a container in place.
void DropReplaced(std::vector<ShownCgroup>& shown) {
  std::map<std::string, size_t> newest;
  std::set<size_t> replaced;
  for (size_t i = 0; i < shown.size(); ++i) {
    const ContainerFacts* facts = shown[i].facts.get();
    if (facts == nullptr || !shown[i].is_container || facts->pod.empty()) continue;
    const auto [at, is_new] =
        newest.emplace(facts->pod_namespace + "/" + facts->pod + "/" + facts->container, i);
    if (is_new) continue;
    const bool is_newer = facts->created_s >= shown[at->second].facts->created_s;
    replaced.insert(is_newer ? at->second : i);
    if (is_newer) at->second = i;
  }
  size_t index = 0;
  std::erase_if(shown, [&](const ShownCgroup&) { return replaced.contains(index++); });
}

// The namespace of a process's network by the inode of its net/dev, which is one for each namespace
// and can be seen without privileges; 0 where the process has gone.
uint64_t NetworkOf(const Directory& proc, uint32_t process) {
  struct stat about {};
  const std::string path = proc.Path(std::to_string(process) + "/net/dev");
  return ::stat(path.c_str(), &about) == 0 ? about.st_ino : 0;
}

// Smaller goes first: a sandbox, then by age.
std::pair<int, int64_t> Precedence(const ShownCgroup& shown) {
  if (shown.facts == nullptr) return {1, 0};
  return {shown.facts->is_sandbox ? 0 : 1, shown.facts->created_s};
}

// The pod's own group, for a namespace that no sandbox holds.
ShownCgroup* FindPod(std::vector<ShownCgroup>& shown, const ShownCgroup& container) {
  if (container.name.pod_uid.empty() || (container.facts && container.facts->is_sandbox))
    return nullptr;
  for (ShownCgroup& each : shown) {
    if (each.name.kind == CgroupKind::kPod && each.name.pod_uid == container.name.pod_uid)
      return &each;
  }
  return nullptr;
}

}  // namespace

std::vector<ShownCgroup> SelectCgroups(const OpenHierarchies& hierarchies,
                                       const std::vector<Cgroup>& tree,
                                       const ContainerOptions& options,
                                       const KnownContainers& known) {
  std::vector<ShownCgroup> shown;
  size_t container_end = 0;  // what is below a container is its own affair
  for (size_t i = 0; i < tree.size(); ++i) {
    if (i == 0) {
      if (!options.leave_out_root) shown.push_back({});
      continue;
    }
    ShownCgroup one;
    one.index = i;
    if (i >= container_end) one.name = NameOfCgroup(tree[i].path);
    if (one.name.kind == CgroupKind::kMount) continue;
    if (one.name.kind == CgroupKind::kContainer) one.facts = known.container(one.name.id);
    if (one.name.kind == CgroupKind::kPod) one.facts = known.pod(one.name.pod_uid);
    one.is_container =
        one.name.kind == CgroupKind::kContainer || one.name.kind == CgroupKind::kMachine;
    if (one.is_container) {
      container_end = tree[i].end;
      one.process = CgroupView(hierarchies, tree, i).AnyProcess().value_or(0);
      if (one.process == 0) continue;
    } else if (!IsRawShown(tree[i].path, options)) {
      continue;
    }
    shown.push_back(std::move(one));
  }
  DropReplaced(shown);
  return shown;
}

std::set<std::string> ContainerIds(const std::vector<Cgroup>& tree) {
  std::set<std::string> ids;
  for (size_t i = 1; i < tree.size();) {
    CgroupName name = NameOfCgroup(tree[i].path);
    const bool is_container = name.kind == CgroupKind::kContainer;
    if (is_container) ids.insert(std::move(name.id));
    i = is_container ? tree[i].end : i + 1;
  }
  return ids;
}

void AssignNetworks(const Directory& proc, const ContainerOptions& options,
                    std::vector<ShownCgroup>& shown) {
  const uint64_t machine = NetworkOf(proc, 1);
  if (!shown.empty() && shown[0].index == 0 && machine != 0) shown[0].network_process = 1;
  std::map<uint64_t, ShownCgroup*> owners;  // by namespace: whose it is of those that are in it
  for (ShownCgroup& each : shown) {
    if (!each.is_container) continue;
    const uint64_t network = NetworkOf(proc, each.process);
    if (network == 0) continue;
    if (network == machine) {
      if (options.labels.is_compatible()) each.network_process = each.process;
      continue;
    }
    ShownCgroup*& owner = owners[network];
    if (owner == nullptr || Precedence(each) < Precedence(*owner)) owner = &each;
  }
  for (const auto& [network, owner] : owners) {
    ShownCgroup* pod = FindPod(shown, *owner);
    (pod != nullptr ? *pod : *owner).network_process = owner->process;
  }
}

}  // namespace narthex::exporters
