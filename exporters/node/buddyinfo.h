#ifndef NARTHEX_EXPORTERS_NODE_BUDDYINFO_H_
#define NARTHEX_EXPORTERS_NODE_BUDDYINFO_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A zone of memory and how many free blocks it has of each size, doubling from one page on. A line
// of /proc/buddyinfo, see proc(5):
//   Node 0, zone    DMA32    759    572    791    475    194     45     12      0      0      0
// The names are parts of what was parsed.
struct BuddyZone {
  std::string_view node;
  std::string_view zone;
  std::vector<double> blocks;
};

Result<std::vector<BuddyZone>> ParseBuddyinfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_BUDDYINFO_H_
