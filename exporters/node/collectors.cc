#include "exporters/node/collectors.h"

namespace narthex::exporters {

const std::vector<CollectorRow>& NodeCollectors() {
  static const std::vector<CollectorRow> kTable = {
      // clang-format off
      // name       default  make                     help
      {"cpu",        true, NewCpuCollector,         "Seconds that each CPU spent in each mode, from /proc/stat."},
      {"diskstats",  true, NewDiskstatsCollector,   "Disk I/O per device, from /proc/diskstats."},
      {"filefd",     true, NewFilefdCollector,      "File handles in use, from /proc/sys/fs/file-nr."},
      {"filesystem", true, NewFilesystemCollector,  "Space and files of mounted file systems, by statfs(2)."},
      {"loadavg",    true, NewLoadAvgCollector,     "Load averages, from /proc/loadavg."},
      {"meminfo",    true, NewMeminfoCollector,     "Use of memory, from /proc/meminfo."},
      {"netdev",     true, NewNetdevCollector,      "Traffic and errors per network interface, by netlink."},
      {"netstat",    true, NewNetstatCollector,     "Counters of the network protocols, from /proc/net/netstat, snmp and snmp6."},
      {"os",         true, NewOsCollector,          "The distribution and its version, from os-release."},
      {"pressure",   true, NewPressureCollector,    "Time lost waiting for CPU, I/O and memory, from /proc/pressure."},
      {"sockstat",   true, NewSockstatCollector,    "Sockets per protocol and state, from /proc/net/sockstat."},
      {"softnet",    true, NewSoftnetCollector,     "Received packets per CPU, from /proc/net/softnet_stat."},
      {"stat",       true, NewStatCollector,        "Interrupts, context switches, forks and boot time, from /proc/stat."},
      {"textfile",   true, NewTextfileCollector,    "Metrics that others wrote to files *.prom."},
      {"time",       true, NewTimeCollector,        "System time, its zone and its clock sources."},
      {"uname",      true, NewUnameCollector,       "Kernel and host names, by uname(2)."},
      {"vmstat",     true, NewVmstatCollector,      "Counters of virtual memory, from /proc/vmstat."},
      // clang-format on
  };
  return kTable;
}

}  // namespace narthex::exporters
