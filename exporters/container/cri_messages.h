// The few messages of the Container Runtime Interface that are needed: which containers, pods and
// images there are. Source: Kubernetes' runtime.v1 API (api.proto), and gRPC's framing over HTTP/2.
// Pure; broken bytes are kCorruption.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CRI_MESSAGES_H_
#define NARTHEX_EXPORTERS_CONTAINER_CRI_MESSAGES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "exporters/container/container_facts.h"

namespace narthex::exporters {

// A message behind the five bytes that gRPC puts in front: compressed or not, and its size.
std::string GrpcFrame(std::string_view message);
// The one message of an answer. Views into the body.
Result<std::string_view> ParseGrpcFrame(std::string_view body);

// A container as the runtime tells of it, by its id. `facts` lack what its pod knows.
struct CriContainer {
  ContainerFacts facts;
  std::string sandbox_id;
};
Result<std::vector<CriContainer>> ParseContainerList(std::string_view message);

// The sandboxes of pods, as facts.
Result<std::vector<CriContainer>> ParseSandboxList(std::string_view message);

// Tells each container its pod, and gives all of them together.
std::vector<ContainerFacts> JoinPods(std::vector<CriContainer> sandboxes,
                                     std::vector<CriContainer> containers);

// What CRI-O calls a container beside its id: "k8s_app_shop-0_prod_UID_2", the last being how often
// it was started before. A sandbox is one called "POD".
std::string CriOName(const ContainerFacts& facts);

// The first name of each image by its id, "sha256:…".
Result<std::map<std::string, std::string>> ParseImageList(std::string_view message);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CRI_MESSAGES_H_
