// What every discovery yields: addresses that share labels.
#ifndef NARTHEX_SERVER_DISCOVERY_TARGET_GROUP_H_
#define NARTHEX_SERVER_DISCOVERY_TARGET_GROUP_H_

#include <map>
#include <string>
#include <vector>

#include "server/config/config.h"

namespace narthex::server {

struct TargetGroup {
  std::vector<std::string> addresses;
  std::map<std::string, std::string> labels;

  friend bool operator==(const TargetGroup&, const TargetGroup&) = default;
};

// The groups that a job's static_configs name.
std::vector<TargetGroup> StaticGroups(const ScrapeConfig& job);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_DISCOVERY_TARGET_GROUP_H_
