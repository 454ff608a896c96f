#ifndef NARTHEX_EXPORTERS_NODE_MDADM_H_
#define NARTHEX_EXPORTERS_NODE_MDADM_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A software RAID, from /proc/mdstat, see md(4):
//   md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
//         195310144 blocks [2/1] [U_]
//         [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min …
struct RaidDevice {
  std::string name;
  std::string state;  // "active", "inactive", "recovering", "reshaping", "resyncing", "checking"
  double disks_required = 0;
  double disks_active = 0;
  double disks_failed = 0;
  double disks_spare = 0;
  double blocks = 0;
  double blocks_synced = 0;
};

Result<std::vector<RaidDevice>> ParseMdstat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_MDADM_H_
