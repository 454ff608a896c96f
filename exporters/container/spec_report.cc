// What a container may use, and since when it is there.
#include <algorithm>

#include "exporters/container/cgroup_files.h"
#include "exporters/container/reports.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// Version 1 writes a limit that is none as the largest multiple of the page size.
constexpr double kNoLimit = 4611686018427387904.0;  // 2^62

struct CpuSpec {
  std::optional<double> shares;
  std::optional<double> period_us;
  std::optional<double> quota_us;
};

std::optional<double> AsDouble(const std::optional<uint64_t>& number) {
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

// A weight of version 2, 1 to 10,000, as the shares of version 1 that stand for it, 2 to 262,144.
std::optional<double> SharesOfWeight(const std::optional<uint64_t>& weight) {
  if (!weight || *weight < 1 || *weight > 10'000) return std::nullopt;
  const uint64_t shares = 2 + (*weight - 1) * 262'142 / 9'999;
  return static_cast<double>(shares);
}

CpuSpec ReadCpuSpec(CgroupView& view) {
  CpuSpec spec;
  if (!view.IsUnified(Controller::kCpu)) {
    spec.shares = AsDouble(view.ReadNumber(Controller::kCpu, "cpu.shares"));
    spec.period_us = AsDouble(view.ReadNumber(Controller::kCpu, "cpu.cfs_period_us"));
    spec.quota_us = AsDouble(view.ReadNumber(Controller::kCpu, "cpu.cfs_quota_us"));  // -1 is none
    return spec;
  }
  spec.shares = SharesOfWeight(view.ReadNumber(Controller::kCpu, "cpu.weight"));
  if (const auto text = view.Read(Controller::kCpu, "cpu.max")) {
    const CpuMax max = ParseCpuMax(*text);
    spec.quota_us = AsDouble(max.quota_us);
    spec.period_us = AsDouble(max.period_us);
  }
  return spec;
}

struct MemorySpec {
  std::optional<double> limit;  // 0 for none
  std::optional<double> swap_limit;
  std::optional<double> reservation;
};

std::optional<double> ReadMemoryLimit(CgroupView& view, const char* file) {
  const auto text = view.Read(Controller::kMemory, file);
  if (!text) return std::nullopt;
  const auto limit = static_cast<double>(ParseLimit(*text).value_or(0));
  return limit > kNoLimit ? 0 : limit;
}

// Of version 1, where memory.stat, which is read anyway, has the smallest limit up to the root: if
// that is none, then so is the group's own.
std::optional<double> ReadOwnLimit(CgroupView& view, const std::optional<double>& smallest,
                                   const char* file) {
  return smallest.value_or(0) > kNoLimit ? 0 : ReadMemoryLimit(view, file);
}

// The root may have all that the machine has.
MemorySpec ReadMachineMemory(const Directory& proc) {
  MemorySpec spec;
  const auto text = proc.Read("meminfo");
  if (!text.ok()) return spec;
  ForEachNamedNumber(*text, [&](std::string_view name, uint64_t kib) {
    if (name == "MemTotal:") spec.limit = static_cast<double>(kib * 1024);
    if (name == "SwapTotal:") spec.swap_limit = static_cast<double>(kib * 1024);
  });
  return spec;
}

MemorySpec ReadMemorySpec(ContainerReading& reading) {
  CgroupView& view = reading.view;
  if (view.is_root()) return ReadMachineMemory(reading.scrape.paths.proc);
  if (!view.Has(Controller::kMemory)) return {};
  if (view.IsUnified(Controller::kMemory)) {
    return {ReadMemoryLimit(view, "memory.max"), ReadMemoryLimit(view, "memory.swap.max"),
            ReadMemoryLimit(view, "memory.min")};
  }
  const bool has_stat = reading.scrape.groups.Has(MetricGroup::kMemory);
  const MemoryStat stat =
      (has_stat ? ReadMemoryStat(reading) : std::nullopt).value_or(MemoryStat());
  return {ReadOwnLimit(view, stat.limit, "memory.limit_in_bytes"),
          ReadOwnLimit(view, stat.swap_limit, "memory.memsw.limit_in_bytes"),
          ReadMemoryLimit(view, "memory.soft_limit_in_bytes")};
}

// Where no runtime told, a container is as old as its process, and another group as its folder: the
// kernel does not tell that well, see cgroup_tree.h.
void ReportTimes(ContainerReading& reading, ContainerSink& out) {
  int64_t created_s = reading.facts != nullptr ? reading.facts->created_s : 0;
  int64_t started_s = reading.facts != nullptr ? reading.facts->started_s : 0;
  if (started_s == 0) {
    started_s = reading.scrape.start_times.Of(reading.view.path(), reading.process,
                                              reading.scrape.paths.proc, reading.scrape.booted_s);
  }
  if (started_s == 0)
    started_s = std::max(reading.view.cgroup().changed_s, reading.scrape.booted_s);
  if (created_s == 0) created_s = started_s;
  started_s = std::max(started_s, created_s);  // the time of the boot is rounded
  out.Gauge("container_creation_time_seconds", "When the container was made, as Unix time.",
            static_cast<double>(created_s));
  out.Gauge("container_start_time_seconds", "When the container was started, as Unix time.",
            static_cast<double>(started_s));
}

}  // namespace

void ReportSpec(ContainerReading& reading, ContainerSink& out) {
  ReportTimes(reading, out);
  if (reading.view.Has(Controller::kCpu)) {
    const CpuSpec spec = ReadCpuSpec(reading.view);
    reading.has_quota = spec.quota_us.has_value();
    out.Gauge("container_spec_cpu_period", "Period of the CPU quota, in microseconds.",
              spec.period_us);
    out.Gauge("container_spec_cpu_quota",
              "CPU time that the container may use in a period, in microseconds.", spec.quota_us);
    out.Gauge("container_spec_cpu_shares", "The container's share of the CPU when all want it.",
              spec.shares);
  }
  const MemorySpec memory = ReadMemorySpec(reading);
  out.Gauge("container_spec_memory_limit_bytes",
            "Memory that the container may use; 0 for any amount.", memory.limit);
  out.Gauge("container_spec_memory_swap_limit_bytes",
            "Swap space that the container may use, with version 1 together with memory; 0 for any "
            "amount.",
            memory.swap_limit);
  out.Gauge("container_spec_memory_reservation_limit_bytes",
            "Memory that the container keeps when it gets scarce; 0 for none.", memory.reservation);
}

}  // namespace narthex::exporters
