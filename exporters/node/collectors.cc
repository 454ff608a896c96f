#include "exporters/node/collectors.h"

namespace narthex::exporters {

const std::vector<CollectorRow>& NodeCollectors() {
  static const std::vector<CollectorRow> kTable = {
      // clang-format off
      // name       default  make                     help
      {"cpu",        true, NewCpuCollector,        "Seconds that each CPU spent in each mode, from /proc/stat."},
      {"diskstats",  true, NewDiskstatsCollector,  "Disk I/O per device, from /proc/diskstats."},
      {"filesystem", true, NewFilesystemCollector, "Space and files of mounted file systems, by statfs(2)."},
      {"loadavg",    true, NewLoadAvgCollector,    "Load averages, from /proc/loadavg."},
      {"meminfo",    true, NewMeminfoCollector,    "Use of memory, from /proc/meminfo."},
      {"netdev",     true, NewNetdevCollector,     "Traffic and errors per network interface, by netlink."},
      {"stat",       true, NewStatCollector,       "Interrupts, context switches, forks and boot time, from /proc/stat."},
      {"time",       true, NewTimeCollector,       "System time, its zone and its clock sources."},
      {"uname",      true, NewUnameCollector,      "Kernel and host names, by uname(2)."},
      // clang-format on
  };
  return kTable;
}

}  // namespace narthex::exporters
