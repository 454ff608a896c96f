// Memory, its NUMA nodes and huge pages, and kills for want of it.
#include <unistd.h>

#include <algorithm>

#include "exporters/container/cgroup_files.h"
#include "exporters/container/reports.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// What files beside memory.stat tell. Bytes and counts.
struct MemoryUse {
  std::optional<double> usage;
  std::optional<double> peak;
  std::optional<double> swap;
  std::optional<double> kernel;
  std::optional<double> limit_hits;
  std::optional<double> high_events;
  std::optional<double> max_events;
};

std::optional<double> Number(CgroupView& view, const char* file) {
  const auto number = view.ReadNumber(Controller::kMemory, file);
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

MemoryUse ReadMemoryUse(CgroupView& view, const MemoryStat& stat) {
  MemoryUse use;
  use.usage = Number(view, "memory.usage_in_bytes");
  use.peak = Number(view, "memory.max_usage_in_bytes");
  use.limit_hits = Number(view, "memory.failcnt");
  use.kernel = Number(view, "memory.kmem.usage_in_bytes");
  use.swap = stat.swap;
  return use;
}

// The root of version 2 has no files of its own for these: what is charged is what it is made of,
// and the swap space is the machine's.
void ReadRootUse(const Directory& proc, const MemoryStat& stat, MemoryUse& use) {
  if (stat.cache && stat.rss) use.usage = *stat.cache + *stat.rss;
  const auto text = proc.Read("meminfo");
  if (!text.ok()) return;
  std::optional<uint64_t> total;
  std::optional<uint64_t> free;
  ForEachNamedNumber(*text, [&](std::string_view name, uint64_t kib) {
    if (name == "SwapTotal:") total = kib;
    if (name == "SwapFree:") free = kib;
  });
  if (total && free && *total >= *free) use.swap = static_cast<double>((*total - *free) * 1024);
}

MemoryUse ReadUnifiedUse(ContainerReading& reading, const MemoryStat& stat) {
  CgroupView& view = reading.view;
  MemoryUse use;
  use.kernel = stat.kernel;
  if (view.is_root()) {
    ReadRootUse(reading.scrape.paths.proc, stat, use);
    return use;
  }
  use.usage = Number(view, "memory.current");
  use.peak = Number(view, "memory.peak");
  use.swap = Number(view, "memory.swap.current");
  if (const auto& events = ReadMemoryEvents(reading)) {
    use.high_events = events->high;
    use.max_events = events->max;
    use.limit_hits = events->max;
  }
  return use;
}

void ShowUse(const MemoryUse& use, ContainerSink& out) {
  out.Gauge("container_memory_usage_bytes",
            "Memory that is charged to the container, caches included.", use.usage);
  out.Gauge("container_memory_max_usage_bytes",
            "The most memory that was charged to the container.", use.peak);
  out.Gauge("container_memory_swap", "Swap space that the container uses, in bytes.", use.swap);
  out.Gauge("container_memory_kernel_usage",
            "Memory that the kernel holds for the container, in bytes.", use.kernel);
  out.Counter("container_memory_failcnt", "How often the container ran into its memory limit.",
              use.limit_hits);
  out.Counter("container_memory_events_high_total",
              "How often the container was slowed down for being above memory.high.",
              use.high_events);
  out.Counter("container_memory_events_max_total",
              "How often the container was about to exceed memory.max.", use.max_events);
}

void ShowStat(const MemoryStat& stat, ContainerSink& out) {
  out.Gauge("container_memory_cache", "Page cache of the container, in bytes.", stat.cache);
  out.Gauge("container_memory_rss", "Anonymous memory of the container, in bytes.", stat.rss);
  out.Gauge("container_memory_mapped_file", "Files that the container has mapped, in bytes.",
            stat.mapped_file);
  out.Gauge("container_memory_total_active_file_bytes", "Page cache that was used lately.",
            stat.active_file);
  out.Gauge("container_memory_total_inactive_file_bytes",
            "Page cache that was not used lately, the first to be given back.", stat.inactive_file);
  out.Gauge("container_memory_file_dirty_bytes", "Page cache that is still to be written to disk.",
            stat.file_dirty);
  out.Gauge("container_memory_file_writeback_bytes", "Page cache that is being written to disk.",
            stat.file_writeback);
  out.Counter("container_memory_pgscan_total", "Pages that were looked at to free some.",
              stat.scanned_pages);
  out.Counter("container_memory_pgsteal_total", "Pages that were freed under pressure.",
              stat.reclaimed_pages);
  out.Counter("container_memory_workingset_refault_file_total",
              "Pages of files that were needed again after they had been freed.",
              stat.refaulted_file);
  out.Counter("container_memory_workingset_refault_anon_total",
              "Anonymous pages that were needed again after they had been swapped out.",
              stat.refaulted_anon);
}

void ShowFaults(const MemoryStat& stat, ContainerSink& out) {
  const auto show = [&](const char* type, const char* scope, const std::optional<double>& count) {
    if (!count) return;
    out.Counter("container_memory_failures_total",
                "Page faults, and major ones that had to read from disk.", *count,
                {{"failure_type", type}, {"scope", scope}});
  };
  // Version 2 tells one number, which includes the groups below.
  show("pgfault", "container", stat.own_page_faults ? stat.own_page_faults : stat.page_faults);
  show("pgfault", "hierarchy", stat.page_faults);
  show("pgmajfault", "container",
       stat.own_major_faults ? stat.own_major_faults : stat.major_faults);
  show("pgmajfault", "hierarchy", stat.major_faults);
}

}  // namespace

const std::optional<MemoryStat>& ReadMemoryStat(ContainerReading& reading) {
  if (!reading.memory_stat) {
    const auto text = reading.view.Read(Controller::kMemory, "memory.stat");
    const bool is_unified = reading.view.IsUnified(Controller::kMemory);
    reading.memory_stat = text ? std::optional(ParseMemoryStat(*text, is_unified)) : std::nullopt;
  }
  return *reading.memory_stat;
}

const std::optional<MemoryEvents>& ReadMemoryEvents(ContainerReading& reading) {
  if (!reading.memory_events) {
    const auto text = reading.view.Read(Controller::kMemory, "memory.events");
    reading.memory_events = text ? std::optional(ParseMemoryEvents(*text)) : std::nullopt;
  }
  return *reading.memory_events;
}

void ReportMemory(ContainerReading& reading, ContainerSink& out) {
  if (!ReadMemoryStat(reading)) return;
  const MemoryStat& stat = *ReadMemoryStat(reading);
  const MemoryUse use = reading.view.IsUnified(Controller::kMemory)
                            ? ReadUnifiedUse(reading, stat)
                            : ReadMemoryUse(reading.view, stat);
  ShowUse(use, out);
  if (use.usage) {
    out.Gauge("container_memory_working_set_bytes",
              "Memory of the container but for page cache that was not used lately.",
              std::max(0.0, *use.usage - stat.inactive_file.value_or(0)));
  }
  ShowStat(stat, out);
  ShowFaults(stat, out);
}

void ReportMemoryNuma(ContainerReading& reading, ContainerSink& out) {
  const bool is_unified = reading.view.IsUnified(Controller::kMemory);
  const auto text = reading.view.Read(Controller::kMemory, "memory.numa_stat");
  if (!text) return;
  static const auto kPageBytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  for (const NumaNumber& number : ParseNumaStat(*text)) {
    const bool is_hierarchical = is_unified || number.is_hierarchical;
    out.Gauge("container_memory_numa_pages", "Pages of the container on a NUMA node.",
              is_unified ? number.value / kPageBytes : number.value,
              {{"node", number.node},
               {"scope", is_hierarchical ? "hierarchy" : "container"},
               {"type", number.kind}});
  }
}

void ReportHugetlb(ContainerReading& reading, ContainerSink& out) {
  const bool is_unified = reading.view.IsUnified(Controller::kHugetlb);
  for (const std::string& size : reading.scrape.huge_page_sizes) {
    const auto read = [&](const char* what) -> std::optional<double> {
      const auto number =
          reading.view.ReadNumber(Controller::kHugetlb, ("hugetlb." + size + what).c_str());
      return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    };
    const auto usage = read(is_unified ? ".current" : ".usage_in_bytes");
    if (!usage) continue;
    out.Gauge("container_hugetlb_usage_bytes", "Huge pages that the container uses.", *usage,
              {{"pagesize", size}});
    std::optional<double> hits;
    if (is_unified) {
      const auto events =
          reading.view.Read(Controller::kHugetlb, ("hugetlb." + size + ".events").c_str());
      if (events) hits = FindNamedNumber(*events, "max");
    } else {
      hits = read(".failcnt");
      if (const auto peak = read(".max_usage_in_bytes")) {
        out.Gauge("container_hugetlb_max_usage_bytes", "The most huge pages that it has used.",
                  *peak, {{"pagesize", size}});
      }
    }
    if (hits) {
      out.Counter("container_hugetlb_failcnt", "How often it ran into its limit of huge pages.",
                  *hits, {{"pagesize", size}});
    }
  }
}

void ReportOomEvents(ContainerReading& reading, ContainerSink& out) {
  std::optional<double> kills;
  if (reading.view.IsUnified(Controller::kMemory)) {
    const auto& events = ReadMemoryEvents(reading);
    if (events) kills = events->kills;
  } else if (const auto text = reading.view.Read(Controller::kMemory, "memory.oom_control")) {
    kills = FindNamedNumber(*text, "oom_kill");
  }
  out.Counter("container_oom_events_total",
              "Processes of the container that were killed for want of memory.", kills);
}

}  // namespace narthex::exporters
