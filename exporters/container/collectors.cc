#include "exporters/container/collectors.h"

namespace narthex::exporters {

std::vector<CollectorRow> ContainerCollectors(const ContainerOptions& options) {
  return {
      {"containers", true,
       [&options](const SystemPaths& paths) { return NewContainersCollector(paths, options); },
       "Containers and other control groups."},
      {"machine", true,
       [&options](const SystemPaths& paths) { return NewMachineCollector(paths, options); },
       "CPUs and memory of the machine."},
  };
}

}  // namespace narthex::exporters
