// Which control groups of a tree are shown, and as what.
#ifndef NARTHEX_EXPORTERS_CONTAINER_SELECTION_H_
#define NARTHEX_EXPORTERS_CONTAINER_SELECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/fs/files.h"
#include "exporters/container/cgroup_name.h"
#include "exporters/container/cgroup_tree.h"
#include "exporters/container/container_facts.h"
#include "exporters/container/options.h"

namespace narthex::exporters {

struct ShownCgroup {
  size_t index = 0;  // in the tree
  CgroupName name;
  std::shared_ptr<const ContainerFacts> facts;  // null where no runtime told of it
  bool is_container = false;                    // or a machine
  uint32_t process = 0;                         // any in it, for a container; 0 for none
  uint32_t network_process = 0;  // one in the network namespace that shows here; 0 for none
};

// What is known of a container by its id, or of a pod by its UID, in which case name and image are
// empty. Null where nothing is.
struct KnownContainers {
  std::function<std::shared_ptr<const ContainerFacts>(const std::string& id)> container;
  std::function<std::shared_ptr<const ContainerFacts>(const std::string& uid)> pod;
};

// In the order of the tree. A container without a process is none any more, or not yet: it is left
// out. Of a pod's container that has been replaced, the newest alone is shown.
std::vector<ShownCgroup> SelectCgroups(const OpenHierarchies& hierarchies,
                                       const std::vector<Cgroup>& tree,
                                       const ContainerOptions& options,
                                       const KnownContainers& known);

// The ids of all containers in a tree, but for those inside of others.
std::set<std::string> ContainerIds(const std::vector<Cgroup>& tree);

// Gives each network namespace to one of those shown: to the root the machine's own; of a pod, to
// its sandbox, or else to the pod itself; in other cases to the oldest container in it. Containers
// in the machine's namespace have no network of their own, but with --compat=cadvisor show the
// machine's.
void AssignNetworks(const Directory& proc, const ContainerOptions& options,
                    std::vector<ShownCgroup>& shown);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_SELECTION_H_
