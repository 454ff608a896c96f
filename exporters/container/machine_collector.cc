// The machine itself: its system, CPUs and how they are arranged, memory, and memory modules.
#include <map>
#include <optional>
#include <set>

#include "common/client/registry.h"
#include "exporters/container/collectors.h"
#include "exporters/container/container_sink.h"
#include "exporters/container/machine_topology.h"
#include "exporters/kit/os_release.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"

namespace narthex::exporters {
namespace {

// The first of a list of files that is there and says something.
std::string FirstFile(const std::string& list, const Directory& root) {
  for (const std::string& path : SplitList(list)) {
    auto value = FindValue(root, path);
    if (value && !value->empty()) return std::move(*value);
  }
  return "";
}

// Whom a cache belongs to: a core, a whole node, or something between.
std::string OwnerOf(const CpuCache& cache, const CpuThread& cpu, const MachineTopology& topology) {
  size_t in_node = 0;
  for (const CpuThread& other : topology.cpus) in_node += other.node == cpu.node ? 1 : 0;
  return cache.cpus.size() >= in_node && in_node > 1 ? "" : std::to_string(cpu.core);
}

void ShowCaches(const MachineTopology& topology, ContainerSink& out) {
  std::set<std::string> shown;  // threads of one core tell of the same caches
  for (const CpuThread& cpu : topology.cpus) {
    for (const CpuCache& cache : cpu.caches) {
      const std::string node = std::to_string(cpu.node);
      const std::string level = std::to_string(cache.level);
      const std::string core = OwnerOf(cache, cpu, topology);
      if (!shown.insert(node + "/" + core + "/" + level + "/" + cache.type).second) continue;
      constexpr std::string_view kName = "machine_cpu_cache_capacity_bytes";
      constexpr std::string_view kHelp = "Size of a cache of a core, or of a node.";
      const auto size = static_cast<double>(cache.size_bytes);
      if (core.empty()) {
        out.Gauge(kName, kHelp, size, {{"level", level}, {"node_id", node}, {"type", cache.type}});
      } else {
        out.Gauge(kName, kHelp, size,
                  {{"core_id", core}, {"level", level}, {"node_id", node}, {"type", cache.type}});
      }
    }
  }
}

void ShowThreads(const MachineTopology& topology, ContainerSink& out) {
  std::map<std::pair<uint64_t, uint64_t>, size_t> siblings;
  for (const CpuThread& cpu : topology.cpus) ++siblings[{cpu.socket, cpu.core}];
  for (const CpuThread& cpu : topology.cpus) {
    out.Gauge("machine_thread_siblings_count", "Threads of the core that this thread is of.",
              static_cast<double>(siblings[{cpu.socket, cpu.core}]),
              {{"core_id", std::to_string(cpu.core)},
               {"node_id", std::to_string(cpu.node)},
               {"thread_id", std::to_string(cpu.number)}});
  }
}

void ShowNodes(const MachineTopology& topology, ContainerSink& out) {
  for (const NumaNode& node : topology.nodes) {
    const std::string id = std::to_string(node.number);
    out.Gauge("machine_node_memory_capacity_bytes", "Memory of the NUMA node.",
              static_cast<double>(node.memory_bytes), {{"node_id", id}});
    for (const HugePages& pages : node.huge_pages) {
      out.Gauge("machine_node_hugepages_count", "Huge pages that the NUMA node has set aside.",
                static_cast<double>(pages.count), {{"node_id", id}, {"page_size", pages.page_kib}});
    }
    for (size_t i = 0; i < node.distances.size() && i < topology.nodes.size(); ++i) {
      out.Gauge("machine_node_distance", "Distance between two NUMA nodes, as the firmware has it.",
                static_cast<double>(node.distances[i]),
                {{"node_id", id}, {"target_node_id", std::to_string(topology.nodes[i].number)}});
    }
  }
}

// Memory modules by their type, from the driver that counts their errors, where there is one. A
// module's size stands there in MiB.
void ShowModules(const Directory& sys, ContainerSink& out) {
  struct Modules {
    double count = 0;
    double bytes = 0;
  };
  constexpr const char* kControllers = "devices/system/edac/mc";
  std::map<std::string, Modules> by_type;
  const auto controllers = ListNumbered(sys, kControllers, "mc");
  for (const std::string& mc : controllers.ok() ? *controllers : std::vector<std::string>()) {
    for (const char* kind : {"dimm", "rank"}) {
      const std::string folder = std::string(kControllers) + "/" + mc;
      const auto modules = ListNumbered(sys, folder, kind);
      for (const std::string& module : modules.ok() ? *modules : std::vector<std::string>()) {
        const auto type = FindValue(sys, folder + "/" + module + "/dimm_mem_type");
        const auto mib = FindNumber(sys, folder + "/" + module + "/size");
        if (!type || !mib || *mib <= 0) continue;
        by_type[*type].count += 1;
        by_type[*type].bytes += *mib * (1UL << 20);
      }
    }
  }
  for (const auto& [type, modules] : by_type) {
    out.Gauge("machine_dimm_count", "Memory modules of the machine.", modules.count,
              {{"type", type}});
    out.Gauge("machine_dimm_capacity_bytes", "Size of the machine's memory modules.", modules.bytes,
              {{"type", type}});
  }
}

// Persistent memory that is used as a device, by the sizes of its regions: see the kernel's
// Documentation/ABI/testing/sysfs-bus-nvdimm. What of it the firmware lends as plain memory is not
// told there.
void ShowPersistentMemory(const Directory& sys, ContainerSink& out) {
  constexpr const char* kDevices = "bus/nd/devices";
  std::optional<double> bytes;
  const auto regions = ListNumbered(sys, kDevices, "region");
  for (const std::string& region : regions.ok() ? *regions : std::vector<std::string>()) {
    const std::string folder = std::string(kDevices) + "/" + region;
    if (FindValue(sys, folder + "/devtype") != "nd_pmem") continue;
    const auto size = FindNumber(sys, folder + "/size");
    if (size) bytes = bytes.value_or(0) + *size;
  }
  if (!bytes) return;
  out.Gauge("machine_nvm_capacity", "Persistent memory of the machine, in bytes.", *bytes,
            {{"mode", "app_direct_mode"}});
}

// What the original calls its version is ours here.
void ShowVersions(const SystemPaths& paths, MetricSink& sink) {
  const std::string kernel = FindValue(paths.proc, "sys/kernel/osrelease").value_or("");
  std::string system;
  for (const std::string_view file : kOsReleaseFiles) {
    const auto text = paths.root.Read(file);
    if (!text.ok()) continue;
    const auto release = ParseOsRelease(*text);
    if (!release.ok()) break;
    const auto name = release->find("PRETTY_NAME");
    system = name == release->end() ? "" : name->second;
    break;
  }
  std::vector<Label> labels = {{"cadvisorVersion", Version()}};
  if (!kernel.empty()) labels.push_back({"kernelVersion", kernel});
  if (!system.empty()) labels.push_back({"osVersion", system});
  ContainerSink(sink, labels)
      .Gauge("cadvisor_version_info",
             "Constant 1, labelled with the versions of this exporter, the kernel and the system.",
             1);
}

class MachineCollector : public Collector {
 public:
  MachineCollector(const SystemPaths& paths, const ContainerOptions& options)
      : paths_(paths), options_(options) {}

  Status Collect(MetricSink& sink) override {
    Status status = CollectAll(sink);
    sink.Gauge("machine_scrape_error", "1 where the machine could not be read, else 0.",
               status.ok() ? 0 : 1);
    return status;
  }

 private:
  Status CollectAll(MetricSink& sink) {
    ShowVersions(paths_, sink);
    ASSIGN_OR_RETURN(const std::string meminfo, paths_.proc.Read("meminfo"));
    const std::string machine_id = FirstFile(options_.machine_id_files, paths_.root);
    const std::string boot_id = FirstFile(options_.boot_id_files, paths_.root);
    const std::string system_uuid =
        FindValue(paths_.sys, "class/dmi/id/product_uuid").value_or("");  // for root's eyes only
    std::vector<Label> labels;
    if (!boot_id.empty()) labels.push_back({"boot_id", boot_id});
    if (!machine_id.empty()) labels.push_back({"machine_id", machine_id});
    if (!system_uuid.empty()) labels.push_back({"system_uuid", system_uuid});
    ContainerSink out(sink, labels);
    ShowMemory(meminfo, out);
    ShowModules(paths_.sys, out);
    ShowPersistentMemory(paths_.sys, out);
    const bool details = options_.groups.Has(MetricGroup::kCpuTopology);
    const MachineTopology topology = ReadTopology(paths_.sys, details);
    if (topology.cpus.empty()) return NoData("sysfs does not tell which CPUs are online");
    out.Gauge("machine_cpu_cores", "CPUs of the machine, threads of cores counted each.",
              static_cast<double>(topology.cpus.size()));
    out.Gauge("machine_cpu_physical_cores", "Cores of the machine.",
              static_cast<double>(topology.CoreCount()));
    out.Gauge("machine_cpu_sockets", "CPU sockets of the machine that are in use.",
              static_cast<double>(topology.SocketCount()));
    if (const size_t books = topology.BookCount(); books > 0)
      out.Gauge("machine_cpu_books", "Books that hold the CPU sockets.",
                static_cast<double>(books));
    if (const size_t drawers = topology.DrawerCount(); drawers > 0) {
      out.Gauge("machine_cpu_drawers", "Drawers that hold the books of CPUs.",
                static_cast<double>(drawers));
    }
    if (!details) return {};
    ShowCaches(topology, out);
    ShowThreads(topology, out);
    ShowNodes(topology, out);
    return {};
  }

  static void ShowMemory(std::string_view meminfo, ContainerSink& out) {
    ForEachNamedNumber(meminfo, [&](std::string_view name, uint64_t kib) {
      const auto bytes = static_cast<double>(kib * 1024);
      if (name == "MemTotal:") out.Gauge("machine_memory_bytes", "Memory of the machine.", bytes);
      if (name == "SwapTotal:")
        out.Gauge("machine_swap_bytes", "Swap space of the machine.", bytes);
    });
  }

  const SystemPaths& paths_;
  const ContainerOptions& options_;
};

}  // namespace

std::unique_ptr<Collector> NewMachineCollector(const SystemPaths& paths,
                                               const ContainerOptions& options) {
  return std::make_unique<MachineCollector>(paths, options);
}

}  // namespace narthex::exporters
