// CPU time, quotas and their throttling, pressure, and CPU sets.
#include <unistd.h>

#include "common/bytes/trim.h"
#include "exporters/container/cgroup_files.h"
#include "exporters/container/reports.h"
#include "exporters/kit/pressure.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

constexpr double kNanoseconds = 1e9;  // of a second
constexpr double kMicroseconds = 1e6;
constexpr std::string_view kUsage = "container_cpu_usage_seconds_total";
constexpr std::string_view kUsageHelp = "CPU seconds that the container's tasks have used.";

// "cpu07", as cAdvisor writes it.
std::string CpuLabel(size_t cpu) { return (cpu < 10 ? "cpu0" : "cpu") + std::to_string(cpu); }

// CPU seconds of version 1: each CPU that was used at all, or all together.
void ReportAccountedUsage(ContainerReading& reading, ContainerSink& out) {
  if (reading.scrape.groups.Has(MetricGroup::kPerCpu)) {
    if (const auto text = reading.view.Read(Controller::kCpuacct, "cpuacct.usage_percpu")) {
      const std::vector<uint64_t> cpus = ParsePerCpu(*text);
      for (size_t cpu = 0; cpu < cpus.size(); ++cpu) {
        if (cpus[cpu] == 0) continue;
        out.Counter(kUsage, kUsageHelp, static_cast<double>(cpus[cpu]) / kNanoseconds,
                    {{"cpu", CpuLabel(cpu)}});
      }
      return;
    }
  }
  if (const auto usage = reading.view.ReadNumber(Controller::kCpuacct, "cpuacct.usage"))
    out.Counter(kUsage, kUsageHelp, static_cast<double>(*usage) / kNanoseconds, {{"cpu", "total"}});
}

// The user and system time of version 1, in ticks.
void ReadAccountedModes(ContainerReading& reading, CgroupCpuStat& stat) {
  static const auto kTicks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto text = reading.view.Read(Controller::kCpuacct, "cpuacct.stat");
  if (!text) return;
  ForEachNamedNumber(*text, [&](std::string_view name, uint64_t ticks) {
    if (name == "user") stat.user_s = static_cast<double>(ticks) / kTicks;
    if (name == "system") stat.system_s = static_cast<double>(ticks) / kTicks;
  });
}

void ShowThrottling(const CgroupCpuStat& stat, ContainerSink& out) {
  out.Counter("container_cpu_cfs_periods_total",
              "Periods of the CPU quota in which the container had something to run.",
              stat.periods);
  out.Counter("container_cpu_cfs_throttled_periods_total",
              "Periods in which the container's CPU quota was used up.", stat.throttled_periods);
  out.Counter("container_cpu_cfs_throttled_seconds_total",
              "Seconds that the container's tasks were kept from running by the quota, summed over "
              "CPUs.",
              stat.throttled_s);
  out.Counter("container_cpu_cfs_burst_periods_total",
              "Periods in which the container used more than its quota, from what it had saved.",
              stat.bursts);
  out.Counter("container_cpu_cfs_burst_seconds_total",
              "CPU seconds that the container used beyond its quota, from what it had saved.",
              stat.burst_s);
}

struct PressureRow {
  const char* file;         // of version 2
  const char* system_file;  // of the whole machine, below /proc/pressure
  const char* waiting;
  const char* stalled;
};
constexpr PressureRow kPressure[] = {
    {"cpu.pressure", "pressure/cpu", "container_pressure_cpu_waiting_seconds_total",
     "container_pressure_cpu_stalled_seconds_total"},
    {"memory.pressure", "pressure/memory", "container_pressure_memory_waiting_seconds_total",
     "container_pressure_memory_stalled_seconds_total"},
    {"io.pressure", "pressure/io", "container_pressure_io_waiting_seconds_total",
     "container_pressure_io_stalled_seconds_total"},
};

std::optional<Pressure> ReadPressure(ContainerReading& reading, const PressureRow& row) {
  if (const auto text = reading.view.Read(Controller::kUnified, row.file)) {
    const auto pressure = ParsePressure(*text);
    if (pressure.ok()) return *pressure;
  }
  if (!reading.view.is_root()) return std::nullopt;
  const auto text = reading.scrape.paths.proc.Read(row.system_file);
  if (!text.ok()) return std::nullopt;
  const auto pressure = ParsePressure(*text);
  return pressure.ok() ? std::optional(*pressure) : std::nullopt;
}

}  // namespace

void ReportCpu(ContainerReading& reading, ContainerSink& out) {
  CgroupView& view = reading.view;
  if (!view.Has(Controller::kCpuacct)) return;
  const bool is_unified = view.IsUnified(Controller::kCpuacct);
  // Version 1 has nothing but the throttling there.
  CgroupCpuStat stat;
  if (is_unified || reading.has_quota) {
    if (const auto text = view.Read(Controller::kCpu, "cpu.stat")) stat = ParseCpuStat(*text);
  }
  if (is_unified) {
    if (stat.usage_s) out.Counter(kUsage, kUsageHelp, *stat.usage_s, {{"cpu", "total"}});
  } else {
    ReportAccountedUsage(reading, out);
    ReadAccountedModes(reading, stat);
  }
  out.Counter("container_cpu_user_seconds_total", "CPU seconds in user mode.", stat.user_s);
  out.Counter("container_cpu_system_seconds_total", "CPU seconds in the kernel.", stat.system_s);
  if (reading.has_quota) ShowThrottling(stat, out);
}

void ReportPressure(ContainerReading& reading, ContainerSink& out) {
  if (!reading.view.Has(Controller::kUnified) && !reading.view.is_root()) return;
  for (const PressureRow& row : kPressure) {
    const auto pressure = ReadPressure(reading, row);
    if (!pressure) continue;
    if (pressure->some_us) {
      out.Counter(row.waiting, "Seconds in which some of the container's tasks had to wait for it.",
                  *pressure->some_us / kMicroseconds);
    }
    if (pressure->full_us) {
      out.Counter(row.stalled, "Seconds in which all of the container's tasks had to wait for it.",
                  *pressure->full_us / kMicroseconds);
    }
  }
}

void ReportCpuset(ContainerReading& reading, ContainerSink& out) {
  if (const auto migrate = reading.view.ReadNumber(Controller::kCpuset, "cpuset.memory_migrate"))
    out.Gauge("container_memory_migrate",
              "Whether memory moves along when the container's set of nodes changes.",
              static_cast<double>(*migrate));
}

}  // namespace narthex::exporters
