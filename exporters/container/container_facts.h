// What a runtime knows of a container beyond its control group.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CONTAINER_FACTS_H_
#define NARTHEX_EXPORTERS_CONTAINER_CONTAINER_FACTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

enum class Health : unsigned char { kNoCheck, kHealthy, kOther };

struct ContainerFacts {
  std::string id;
  std::string name;
  std::string image;
  std::map<std::string, std::string, std::less<>> labels;
  std::map<std::string, std::string, std::less<>> environment;  // where it is asked for

  // Of Kubernetes; empty elsewhere. A pod's sandbox has no `container`.
  std::string pod;
  std::string pod_namespace;
  std::string pod_uid;
  std::string container;
  bool is_sandbox = false;

  Health health = Health::kNoCheck;
  uint64_t restarts = 0;
  int64_t created_s = 0;  // Unix time; 0 where it is not known, as is the next
  int64_t started_s = 0;
};

// Fills in what the labels that Kubernetes gives its containers say.
void ReadKubernetesLabels(ContainerFacts& facts);

// A time by RFC 3339, "2026-11-28T01:02:03.123456789+01:00", as Unix time in seconds; nothing where
// it is none, or before 1970, as the zero of Go's clock is.
std::optional<int64_t> ParseTime(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CONTAINER_FACTS_H_
