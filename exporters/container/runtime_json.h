// What runtimes write about containers in JSON, over their sockets and on disk. Pure.
#ifndef NARTHEX_EXPORTERS_CONTAINER_RUNTIME_JSON_H_
#define NARTHEX_EXPORTERS_CONTAINER_RUNTIME_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "exporters/container/container_facts.h"

namespace narthex::exporters {

// The answer to GET /containers/json of Docker's API, which Podman speaks too: a list of
//   {"Id": "…", "Names": ["/web"], "Image": "nginx:1", "Labels": {…}, "Created": 1700000000,
//    "Status": "Up 2 hours (healthy)", "HostConfig": {"NetworkMode": "bridge"}}
Result<std::vector<ContainerFacts>> ParseDockerList(std::string_view json);

// The answer to GET /containers/ID/json, and the file config.v2.json that Docker keeps of each
// container: nearly the same. Of the environment, the variables whose names begin with one of
// `environment`.
Result<ContainerFacts> ParseDockerContainer(std::string_view json,
                                            const std::vector<std::string>& environment);

// containers.json of the library containers/storage, which Podman and CRI-O keep: a list of
//   {"id": "…", "names": ["web"], "metadata": "{\"image-name\":…,\"name\":…}", "created": "2026-…"}
Result<std::vector<ContainerFacts>> ParseStorageList(std::string_view json);

// config.json of a bundle, as the OCI's runtime specification has it. Containerd and CRI-O say in
// its annotations which pod and container of Kubernetes it is.
Result<ContainerFacts> ParseBundle(std::string_view json,
                                   const std::vector<std::string>& environment);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_RUNTIME_JSON_H_
