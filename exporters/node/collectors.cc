#include "exporters/node/collectors.h"

namespace narthex::exporters {

const std::vector<CollectorRow>& NodeCollectors() {
  static const std::vector<CollectorRow> kTable = {
      // clang-format off
      // name                 default make                            help
      {"arp",                 true,  NewArpCollector,                "Entries of the ARP table per device, by netlink."},
      {"bonding",             true,  NewBondingCollector,            "Bonded network interfaces, from /sys/class/net."},
      {"buddyinfo",           false, NewBuddyinfoCollector,          "Free blocks of memory by size, from /proc/buddyinfo."},
      {"cgroups",             false, NewCgroupsCollector,            "Control groups per controller, from /proc/cgroups."},
      {"conntrack",           true,  NewConntrackCollector,          "Connections that netfilter tracks, from /proc/sys/net/netfilter."},
      {"cpu",                 true,  NewCpuCollector,                "Seconds that each CPU spent in each mode, from /proc/stat."},
      {"cpu_vulnerabilities", false, NewCpuVulnerabilitiesCollector, "Known weaknesses of the CPUs, from sysfs."},
      {"cpufreq",             true,  NewCpufreqCollector,            "Clocks of the CPUs, from /sys/devices/system/cpu."},
      {"diskstats",           true,  NewDiskstatsCollector,          "Disk I/O per device, from /proc/diskstats."},
      {"dmi",                 true,  NewDmiCollector,                "What the firmware tells of the machine, from /sys/class/dmi."},
      {"drbd",                false, NewDrbdCollector,               "Replicated block devices, from /proc/drbd."},
      {"edac",                true,  NewEdacCollector,               "Errors of memory, from /sys/devices/system/edac."},
      {"entropy",             true,  NewEntropyCollector,            "The pool of entropy, from /proc/sys/kernel/random."},
      {"filefd",              true,  NewFilefdCollector,             "File handles in use, from /proc/sys/fs/file-nr."},
      {"filesystem",          true,  NewFilesystemCollector,         "Space and files of mounted file systems, by statfs(2)."},
      {"hwmon",               true,  NewHwmonCollector,              "Temperatures, fans, voltages and other sensors, from /sys/class/hwmon."},
      {"interrupts",          false, NewInterruptsCollector,         "Interrupts per CPU, from /proc/interrupts."},
      {"ipvs",                true,  NewIpvsCollector,               "Virtual servers of the kernel, from /proc/net/ip_vs."},
      {"kernel_hung",         true,  NewKernelHungCollector,         "Tasks that hung, from /proc/sys/kernel."},
      {"ksmd",                false, NewKsmdCollector,               "Merging of equal pages, from /sys/kernel/mm/ksm."},
      {"lnstat",              false, NewLnstatCollector,             "Caches of the network stack, from /proc/net/stat."},
      {"loadavg",             true,  NewLoadAvgCollector,            "Load averages, from /proc/loadavg."},
      {"mdadm",               true,  NewMdadmCollector,              "Software RAIDs, from /proc/mdstat and /sys/block."},
      {"meminfo",             true,  NewMeminfoCollector,            "Use of memory, from /proc/meminfo."},
      {"meminfo_numa",        false, NewMeminfoNumaCollector,        "Memory per NUMA node, from /sys/devices/system/node."},
      {"netclass",            true,  NewNetclassCollector,           "What network interfaces are, from /sys/class/net."},
      {"netdev",              true,  NewNetdevCollector,             "Traffic and errors per network interface, by netlink."},
      {"netstat",             true,  NewNetstatCollector,            "Counters of the network protocols, from /proc/net/netstat, snmp and snmp6."},
      {"nfs",                 true,  NewNfsCollector,                "Calls to NFS servers, from /proc/net/rpc/nfs."},
      {"nfsd",                true,  NewNfsdCollector,               "Calls of NFS clients, from /proc/net/rpc/nfsd."},
      {"nvme",                true,  NewNvmeCollector,               "NVMe controllers and namespaces, from /sys/class/nvme."},
      {"os",                  true,  NewOsCollector,                 "The distribution and its version, from os-release."},
      {"powersupplyclass",    true,  NewPowersupplyclassCollector,   "Batteries and other power supplies, from /sys/class/power_supply."},
      {"pressure",            true,  NewPressureCollector,           "Time lost waiting for CPU, I/O and memory, from /proc/pressure."},
      {"processes",           false, NewProcessesCollector,          "Processes and threads by state, from /proc."},
      {"rapl",                true,  NewRaplCollector,               "Energy used, from /sys/class/powercap."},
      {"schedstat",           true,  NewSchedstatCollector,          "Running and waiting per CPU, from /proc/schedstat."},
      {"selinux",             true,  NewSelinuxCollector,            "Modes of SELinux."},
      {"slabinfo",            false, NewSlabinfoCollector,           "Caches of kernel objects, from /proc/slabinfo (root only)."},
      {"sockstat",            true,  NewSockstatCollector,           "Sockets per protocol and state, from /proc/net/sockstat."},
      {"softirqs",            false, NewSoftirqsCollector,           "Softirq calls per CPU, from /proc/softirqs."},
      {"softnet",             true,  NewSoftnetCollector,            "Received packets per CPU, from /proc/net/softnet_stat."},
      {"stat",                true,  NewStatCollector,               "Interrupts, context switches, forks and boot time, from /proc/stat."},
      {"swap",                false, NewSwapCollector,               "Swap areas, from /proc/swaps."},
      {"sysctl",              false, NewSysctlCollector,             "Values of /proc/sys that flags choose."},
      {"tapestats",           true,  NewTapestatsCollector,          "SCSI tapes, from /sys/class/scsi_tape."},
      {"textfile",            true,  NewTextfileCollector,           "Metrics that others wrote to files *.prom."},
      {"thermal_zone",        true,  NewThermalZoneCollector,        "Temperatures and coolers, from /sys/class/thermal."},
      {"time",                true,  NewTimeCollector,               "System time, its zone and its clock sources."},
      {"timex",               true,  NewTimexCollector,              "How well the clock is kept, by adjtimex(2)."},
      {"udp_queues",          true,  NewUdpQueuesCollector,          "Bytes in the queues of UDP, from /proc/net/udp."},
      {"uname",               true,  NewUnameCollector,              "Kernel and host names, by uname(2)."},
      {"vmstat",              true,  NewVmstatCollector,             "Counters of virtual memory, from /proc/vmstat."},
      {"watchdog",            true,  NewWatchdogCollector,           "Watchdog devices, from /sys/class/watchdog."},
      {"xfrm",                false, NewXfrmCollector,               "Errors of IPsec, from /proc/net/xfrm_stat."},
      {"zfs",                 true,  NewZfsCollector,                "ZFS, from /proc/spl/kstat/zfs."},
      {"zoneinfo",            false, NewZoneinfoCollector,           "Zones of memory, from /proc/zoneinfo."},
      // clang-format on
  };
  return kTable;
}

}  // namespace narthex::exporters
