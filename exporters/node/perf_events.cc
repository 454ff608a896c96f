#include "exporters/node/perf_events.h"

#include <linux/perf_event.h>

#include <algorithm>

#include "exporters/kit/value_files.h"

namespace narthex::exporters {
namespace {

PerfMetric Metric(const char* profiler, const char* name, const char* help, uint32_t type,
                  uint64_t config) {
  return {profiler, "node_perf_" + std::string(name) + "_total", help, {type, config}};
}
PerfMetric Hardware(const char* profiler, const char* name, const char* help, uint64_t config) {
  return Metric(profiler, name, help, PERF_TYPE_HARDWARE, config);
}
PerfMetric Software(const char* profiler, const char* name, const char* help, uint64_t config) {
  return Metric(profiler, name, help, PERF_TYPE_SOFTWARE, config);
}

constexpr uint64_t kRead = PERF_COUNT_HW_CACHE_OP_READ << 8;
constexpr uint64_t kWrite = PERF_COUNT_HW_CACHE_OP_WRITE << 8;
constexpr uint64_t kHit = PERF_COUNT_HW_CACHE_RESULT_ACCESS << 16;
constexpr uint64_t kMiss = PERF_COUNT_HW_CACHE_RESULT_MISS << 16;

PerfMetric Cache(const char* profiler, const char* name, const char* help, uint64_t config) {
  return Metric(profiler, ("cache_" + std::string(name)).c_str(), help, PERF_TYPE_HW_CACHE, config);
}

// What can stand in a file's name and in a metric's.
bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

const std::vector<PerfMetric>& HardwarePerfMetrics() {
  static const std::vector<PerfMetric> kMetrics = {
      Hardware("CpuCycles", "cpucycles", "Cycles of the CPU at its present clock.",
               PERF_COUNT_HW_CPU_CYCLES),
      Hardware("CpuInstr", "instructions", "Instructions that the CPU retired.",
               PERF_COUNT_HW_INSTRUCTIONS),
      Hardware("BranchInstr", "branch_instructions", "Branches that the CPU retired.",
               PERF_COUNT_HW_BRANCH_INSTRUCTIONS),
      Hardware("BranchMisses", "branch_misses", "Branches that were predicted wrongly.",
               PERF_COUNT_HW_BRANCH_MISSES),
      Hardware("CacheRef", "cache_refs", "Accesses to the caches, mostly the last level's.",
               PERF_COUNT_HW_CACHE_REFERENCES),
      Hardware("CacheMisses", "cache_misses", "Accesses that no cache served.",
               PERF_COUNT_HW_CACHE_MISSES),
      Hardware("RefCpuCycles", "ref_cpucycles", "Cycles of the CPU's reference clock.",
               PERF_COUNT_HW_REF_CPU_CYCLES),
      Hardware("StalledCyclesBackend", "stalled_cycles_backend",
               "Cycles in which execution waited for resources.",
               PERF_COUNT_HW_STALLED_CYCLES_BACKEND),
      Hardware("StalledCyclesFrontend", "stalled_cycles_frontend",
               "Cycles in which no instruction was at hand.",
               PERF_COUNT_HW_STALLED_CYCLES_FRONTEND),
  };
  return kMetrics;
}

const std::vector<PerfMetric>& SoftwarePerfMetrics() {
  static const std::vector<PerfMetric> kMetrics = {
      Software("PageFault", "page_faults", "Page faults.", PERF_COUNT_SW_PAGE_FAULTS),
      Software("ContextSwitch", "context_switches", "Switches between tasks.",
               PERF_COUNT_SW_CONTEXT_SWITCHES),
      Software("CpuMigration", "cpu_migrations", "Moves of tasks to this CPU.",
               PERF_COUNT_SW_CPU_MIGRATIONS),
      Software("MinorFault", "minor_faults", "Page faults that needed no disk.",
               PERF_COUNT_SW_PAGE_FAULTS_MIN),
      Software("MajorFault", "major_faults", "Page faults that had to read a disk.",
               PERF_COUNT_SW_PAGE_FAULTS_MAJ),
  };
  return kMetrics;
}

const std::vector<PerfMetric>& CachePerfMetrics() {
  static const std::vector<PerfMetric> kMetrics = {
      Cache("L1DataReadHit", "l1d_read_hits", "Reads of the first level's data cache.",
            PERF_COUNT_HW_CACHE_L1D | kRead | kHit),
      Cache("L1DataReadMiss", "l1d_read_misses", "Reads that the first level's data cache missed.",
            PERF_COUNT_HW_CACHE_L1D | kRead | kMiss),
      Cache("L1DataWriteHit", "l1d_write_hits", "Writes to the first level's data cache.",
            PERF_COUNT_HW_CACHE_L1D | kWrite | kHit),
      Cache("L1InstrReadMiss", "l1_instr_read_misses",
            "Reads that the first level's instruction cache missed.",
            PERF_COUNT_HW_CACHE_L1I | kRead | kMiss),
      Cache("InstrTLBReadHit", "tlb_instr_read_hits", "Lookups of instructions' addresses.",
            PERF_COUNT_HW_CACHE_ITLB | kRead | kHit),
      Cache("InstrTLBReadMiss", "tlb_instr_read_misses",
            "Lookups of instructions' addresses that missed.",
            PERF_COUNT_HW_CACHE_ITLB | kRead | kMiss),
      Cache("DataTLBReadHit", "tlb_data_read_hits", "Lookups of addresses to read.",
            PERF_COUNT_HW_CACHE_DTLB | kRead | kHit),
      Cache("DataTLBReadMiss", "tlb_data_read_misses", "Lookups of addresses to read that missed.",
            PERF_COUNT_HW_CACHE_DTLB | kRead | kMiss),
      Cache("DataTLBWriteHit", "tlb_data_write_hits", "Lookups of addresses to write.",
            PERF_COUNT_HW_CACHE_DTLB | kWrite | kHit),
      Cache("DataTLBWriteMiss", "tlb_data_write_misses",
            "Lookups of addresses to write that missed.",
            PERF_COUNT_HW_CACHE_DTLB | kWrite | kMiss),
      Cache("LLReadHit", "ll_read_hits", "Reads of the last level's cache.",
            PERF_COUNT_HW_CACHE_LL | kRead | kHit),
      Cache("LLReadMiss", "ll_read_misses", "Reads that the last level's cache missed.",
            PERF_COUNT_HW_CACHE_LL | kRead | kMiss),
      Cache("LLWriteHit", "ll_write_hits", "Writes to the last level's cache.",
            PERF_COUNT_HW_CACHE_LL | kWrite | kHit),
      Cache("LLWriteMiss", "ll_write_misses", "Writes that the last level's cache missed.",
            PERF_COUNT_HW_CACHE_LL | kWrite | kMiss),
      Cache("BPUReadHit", "bpu_read_hits", "Branches that were looked up to be predicted.",
            PERF_COUNT_HW_CACHE_BPU | kRead | kHit),
      Cache("BPUReadMiss", "bpu_read_misses", "Branches that were looked up and not found.",
            PERF_COUNT_HW_CACHE_BPU | kRead | kMiss),
  };
  return kMetrics;
}

Result<std::vector<PerfMetric>> ChoosePerfMetrics(const std::vector<PerfMetric>& known,
                                                  const std::vector<std::string>& chosen) {
  if (chosen.empty()) return known;
  for (const std::string& name : chosen) {
    if (std::none_of(known.begin(), known.end(),
                     [&](const PerfMetric& metric) { return metric.profiler == name; })) {
      std::string all;
      for (const PerfMetric& metric : known) all += (all.empty() ? "" : ", ") + metric.profiler;
      return InvalidArgument("unknown profiler ", Quote(name), ", want one of ", all);
    }
  }
  std::vector<PerfMetric> metrics;
  for (const PerfMetric& metric : known) {
    if (std::find(chosen.begin(), chosen.end(), metric.profiler) != chosen.end())
      metrics.push_back(metric);
  }
  return metrics;
}

Result<PerfMetric> TracepointMetric(const Directory& sys, std::string_view tracepoint) {
  const size_t colon = std::min(tracepoint.find(':'), tracepoint.size());
  const std::string subsystem(tracepoint.substr(0, colon));
  const std::string event(tracepoint.substr(std::min(colon + 1, tracepoint.size())));
  if (!IsName(subsystem) || !IsName(event)) {
    return InvalidArgument("want a tracepoint as SUBSYSTEM:EVENT, got ", Quote(tracepoint));
  }
  for (const char* tracefs : {"kernel/tracing", "kernel/debug/tracing"}) {
    const auto id =
        FindNumber(sys, std::string(tracefs) + "/events/" + subsystem + "/" + event + "/id");
    if (!id) continue;
    return PerfMetric{std::string(tracepoint),
                      "node_perf_" + subsystem + "_" + event,
                      "Passes of the tracepoint " + std::string(tracepoint) + ".",
                      {PERF_TYPE_TRACEPOINT, static_cast<uint64_t>(*id)}};
  }
  return Unavailable("tracepoint ", Quote(tracepoint), " is not below ",
                     sys.Path("kernel/tracing/events"), ", or may not be read");
}

}  // namespace narthex::exporters
