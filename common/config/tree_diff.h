// What is different between two configurations, as their trees show it.
#ifndef NARTHEX_COMMON_CONFIG_TREE_DIFF_H_
#define NARTHEX_COMMON_CONFIG_TREE_DIFF_H_

#include <string>
#include <vector>

#include "common/config/node.h"

namespace narthex::config {

struct Difference {
  std::string path;    // "scrape_configs[node].scrape_interval"
  std::string before;  // one line of YAML; empty where there was nothing
  std::string after;   // likewise

  std::string Text() const;  // "PATH: BEFORE -> AFTER", "PATH: added AFTER", "PATH: removed BEFORE"
  friend bool operator==(const Difference&, const Difference&) = default;
};

// In the order of the trees. Items of a sequence are matched by their `job_name` or `name`, the
// others by their place.
std::vector<Difference> Differences(const Node& before, const Node& after);

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_TREE_DIFF_H_
