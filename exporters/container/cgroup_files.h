// Parsers of the files of control groups, both versions. Sources: the kernel's
// Documentation/admin-guide/cgroup-v2.rst and Documentation/admin-guide/cgroup-v1/. All are pure;
// views point into what was parsed.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CGROUP_FILES_H_
#define NARTHEX_EXPORTERS_CONTAINER_CGROUP_FILES_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace narthex::exporters {

// CPU time, from cpu.stat of version 2 in microseconds, or of cpu.stat of version 1, which has the
// throttling alone. Seconds; what the kernel does not tell is nothing.
struct CgroupCpuStat {
  std::optional<double> usage_s;
  std::optional<double> user_s;
  std::optional<double> system_s;
  std::optional<double> periods;
  std::optional<double> throttled_periods;
  std::optional<double> throttled_s;
  std::optional<double> bursts;
  std::optional<double> burst_s;
};
CgroupCpuStat ParseCpuStat(std::string_view text);

// cpuacct.usage_percpu: "12345 0 678 ", nanoseconds of each possible CPU. At most kMaxCpus.
inline constexpr size_t kMaxCpus = 8192;
std::vector<uint64_t> ParsePerCpu(std::string_view text);

// cpu.max of version 2: "20000 100000", "max 100000". Microseconds; no quota is nothing.
struct CpuMax {
  std::optional<uint64_t> quota_us;
  std::optional<uint64_t> period_us;
};
CpuMax ParseCpuMax(std::string_view text);

// A limit: a whole number or, where there is none, the word "max" or a negative number.
std::optional<uint64_t> ParseLimit(std::string_view text);

// memory.stat. Of version 1, what its lines total_* say, which includes the groups below, as the
// numbers of version 2 do. Bytes and counts.
struct MemoryStat {
  std::optional<double> cache;
  std::optional<double> rss;
  std::optional<double> swap;  // version 1 only
  std::optional<double> mapped_file;
  std::optional<double> kernel;  // version 2 only
  std::optional<double> active_file;
  std::optional<double> inactive_file;
  std::optional<double> limit;  // the smallest up to the root; this and the next: version 1 only
  std::optional<double> swap_limit;
  std::optional<double> page_faults;
  std::optional<double> major_faults;
  std::optional<double> own_page_faults;  // of this group alone; version 1 only
  std::optional<double> own_major_faults;
  std::optional<double> file_dirty;
  std::optional<double> file_writeback;
  std::optional<double> scanned_pages;  // this and what follows: version 2 only
  std::optional<double> reclaimed_pages;
  std::optional<double> refaulted_file;
  std::optional<double> refaulted_anon;
};
MemoryStat ParseMemoryStat(std::string_view text, bool is_unified);

// memory.events of version 2: how often the group and those below it met its limits.
struct MemoryEvents {
  std::optional<double> high;
  std::optional<double> max;
  std::optional<double> kills;
};
MemoryEvents ParseMemoryEvents(std::string_view text);

// A number of memory.oom_control and the like; nothing where it is not there.
std::optional<double> FindNamedNumber(std::string_view text, std::string_view name);

// What a device did for a group: a line of io.stat (version 2), "8:0 rbytes=90112 wbytes=0
// rios=22", has several of these, a line of a blkio file (version 1), "8:0 Read 90112", one. `what`
// is a key of the first ("rbytes") or the operation of the second ("Read"). At most
// kMaxDeviceNumbers.
struct DeviceNumber {
  uint32_t major = 0;
  uint32_t minor = 0;
  std::string_view what;
  double value = 0;
};
inline constexpr size_t kMaxDeviceNumbers = 16'384;
std::vector<DeviceNumber> ParseIoStat(std::string_view text);
std::vector<DeviceNumber> ParseBlkio(std::string_view text);

// Pages per NUMA node, from memory.numa_stat. Version 1: "anon=120 N0=100 N1=20", pages; lines
// hierarchical_* include the groups below. Version 2: "anon N0=409600 N1=81920", bytes.
struct NumaNumber {
  std::string_view kind;  // "file", "anon", "unevictable"
  bool is_hierarchical = false;
  std::string_view node;
  double value = 0;
};
std::vector<NumaNumber> ParseNumaStat(std::string_view text);

// cgroup.procs: a process a line. What is no number is passed over; at most kMaxProcesses.
inline constexpr size_t kMaxProcesses = 1U << 20;
void AppendProcesses(std::string_view text, std::vector<uint32_t>& processes);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CGROUP_FILES_H_
