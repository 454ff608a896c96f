// /proc/stat, read by the collectors cpu and stat. See proc(5):
//   cpu  301854 612 111922 8979004 3552 2 3944 0 44 36
//   cpu0 44490 19 21045 1087069 220 1 3410 0 2 1
//   intr 8885917 17 0 …
//   ctxt 38014093
//   btime 1418183276
//   processes 26442
//   procs_running 2
//   procs_blocked 0
//   softirq 5057579 250191 1481983 1647 211099 186066 0 1783454 622196 12499 508444
#ifndef NARTHEX_EXPORTERS_NODE_PROC_STAT_H_
#define NARTHEX_EXPORTERS_NODE_PROC_STAT_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// Modes in the order of the file's columns.
inline constexpr std::array<std::string_view, 10> kCpuModes = {
    "user", "nice",    "system", "idle",       "iowait",
    "irq",  "softirq", "steal",  "guest_user", "guest_nice"};
inline constexpr size_t kIdleMode = 3;
inline constexpr size_t kFirstGuestMode = 8;

inline constexpr std::array<std::string_view, 10> kSoftirqVectors = {
    "hi",           "timer",   "net_tx", "net_rx",  "block",
    "block_iopoll", "tasklet", "sched",  "hrtimer", "rcu"};

struct CpuTimes {
  uint64_t number = 0;
  std::array<uint64_t, kCpuModes.size()> ticks{};  // of 1/100 s, whatever the kernel's HZ
};

struct ProcStat {
  CpuTimes all_cpus;  // those that are off too; its number means nothing
  std::vector<CpuTimes> cpus;
  uint64_t interrupts = 0;
  uint64_t context_switches = 0;
  uint64_t boot_time_seconds = 0;  // Unix time
  uint64_t forks = 0;
  uint64_t procs_running = 0;
  uint64_t procs_blocked = 0;
  std::array<uint64_t, kSoftirqVectors.size()> softirqs{};
};

// Lines that it does not know are passed over; columns that old kernels lack are zero.
Result<ProcStat> ParseProcStat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_PROC_STAT_H_
