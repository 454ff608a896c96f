// What /proc/self tells of the running process, see proc(5).
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "common/client/registry.h"

#ifndef NARTHEX_VERSION
#define NARTHEX_VERSION "0.0.0-unversioned"
#endif

namespace narthex {
namespace {

struct ProcessStat {
  double cpu_seconds = 0;
  double start_seconds_after_boot = 0;
  double virtual_bytes = 0;
  double resident_bytes = 0;
};

// Field numbers count from 1, as proc(5) does; the command in field 2 may hold anything, so
// reading starts behind its last parenthesis, at field 3.
bool ReadProcessStat(ProcessStat& stat) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return false;
  std::istringstream rest(line.substr(line.rfind(')') + 2));
  rest.imbue(std::locale::classic());
  std::string field;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  for (int number = 3; number <= 24 && rest >> field; ++number) {
    if (number == 14 || number == 15) stat.cpu_seconds += std::stod(field) / ticks;
    if (number == 22) stat.start_seconds_after_boot = std::stod(field) / ticks;
    if (number == 23) stat.virtual_bytes = std::stod(field);
    if (number == 24)
      stat.resident_bytes = std::stod(field) * static_cast<double>(sysconf(_SC_PAGESIZE));
  }
  return true;
}

double CountOpenFiles() {
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) return 0;
  double count = -3;  // ".", ".." and the folder's own descriptor
  while (readdir(dir) != nullptr) ++count;
  closedir(dir);
  return count;
}

double BootTimeSeconds() {
  timespec real{};
  timespec since_boot{};
  clock_gettime(CLOCK_REALTIME, &real);
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  const auto seconds = [](const timespec& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
  };
  return seconds(real) - seconds(since_boot);
}

void WriteProcess(openmetrics::ExpositionWriter& out, double boot_time_seconds) {
  using openmetrics::Type;
  ProcessStat stat;
  if (!ReadProcessStat(stat)) return;
  out.Add("process_cpu_seconds_total", Type::kCounter, "CPU time of this process, user and system.")
      .Sample({}, stat.cpu_seconds);
  out.Add("process_start_time_seconds", Type::kGauge, "Unix time at which this process started.")
      .Sample({}, boot_time_seconds + stat.start_seconds_after_boot);
  out.Add("process_virtual_memory_bytes", Type::kGauge, "Address space of this process.")
      .Sample({}, stat.virtual_bytes);
  out.Add("process_resident_memory_bytes", Type::kGauge, "Memory of this process that is in RAM.")
      .Sample({}, stat.resident_bytes);
  out.Add("process_open_fds", Type::kGauge, "File descriptors that are open.")
      .Sample({}, CountOpenFiles());
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.Add("process_max_fds", Type::kGauge, "File descriptors that may be open at once.")
        .Sample({}, static_cast<double>(limit.rlim_cur));
  }
  if (getrlimit(RLIMIT_AS, &limit) == 0) {
    out.Add("process_virtual_memory_max_bytes", Type::kGauge,
            "Address space that this process may have.")
        .Sample({}, static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace

std::string_view Version() { return NARTHEX_VERSION; }

void AddProcessMetrics(Registry& registry, std::string_view program) {
  registry.AddComputed(
      [boot = BootTimeSeconds()](openmetrics::ExpositionWriter& out) { WriteProcess(out, boot); });
  registry.AddComputed(
      [name = std::string(program) + "_build_info"](openmetrics::ExpositionWriter& out) {
        out.Add(name, openmetrics::Type::kGauge, "Constant 1, labelled with the version.")
            .Sample({{"version", Version()}}, 1);
      });
}

}  // namespace narthex
