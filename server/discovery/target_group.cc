#include "server/discovery/target_group.h"

namespace narthex::server {

std::vector<TargetGroup> StaticGroups(const ScrapeConfig& job) {
  std::vector<TargetGroup> groups;
  for (const StaticConfig& one : job.discovery.static_configs)
    groups.push_back({one.targets, one.labels});
  return groups;
}

}  // namespace narthex::server
