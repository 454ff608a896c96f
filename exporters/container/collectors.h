// The container exporter's collectors.
#ifndef NARTHEX_EXPORTERS_CONTAINER_COLLECTORS_H_
#define NARTHEX_EXPORTERS_CONTAINER_COLLECTORS_H_

#include <memory>
#include <vector>

#include "exporters/container/options.h"
#include "exporters/kit/collector.h"

namespace narthex::exporters {

std::unique_ptr<Collector> NewContainersCollector(const SystemPaths& paths,
                                                  const ContainerOptions& options);
std::unique_ptr<Collector> NewMachineCollector(const SystemPaths& paths,
                                               const ContainerOptions& options);

// `options` are filled by flags, and outlive the collectors.
std::vector<CollectorRow> ContainerCollectors(const ContainerOptions& options);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_COLLECTORS_H_
