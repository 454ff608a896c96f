// What is shown of one container, a function for each group of metrics. Names, types and labels are
// those of cAdvisor 0.60. What the kernel does not tell is left out rather than shown as 0.
#ifndef NARTHEX_EXPORTERS_CONTAINER_REPORTS_H_
#define NARTHEX_EXPORTERS_CONTAINER_REPORTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporters/container/cgroup_files.h"
#include "exporters/container/cgroup_view.h"
#include "exporters/container/container_facts.h"
#include "exporters/container/container_sink.h"
#include "exporters/container/metric_groups.h"
#include "exporters/container/schedule_ledger.h"
#include "exporters/container/start_times.h"
#include "exporters/kit/collector.h"

namespace narthex::exporters {

// The names of block devices by their numbers, "/dev/vda"; each is looked up once.
class DeviceNames {
 public:
  explicit DeviceNames(const Directory& sys) : sys_(sys) {}
  // Empty for a device that the kernel does not know.
  const std::string& Of(uint32_t major, uint32_t minor);

 private:
  const Directory& sys_;
  std::map<std::pair<uint32_t, uint32_t>, std::string> names_;
};

// The policies of the controller "blkio" of version 1 that are at work on any device.
std::vector<std::string_view> BlkioPolicies(const OpenHierarchies& hierarchies,
                                            const std::vector<Cgroup>& tree);

// What one scrape has for all containers.
struct ScrapeContext {
  const SystemPaths& paths;
  const MetricGroups& groups;
  ScheduleLedger& ledger;
  StartTimes& start_times;
  DeviceNames devices;
  std::vector<std::string_view> blkio_policies;  // of version 1, in the order to ask them
  std::vector<std::string> huge_page_sizes;      // as control groups spell them: "2MB"
  int64_t booted_s = 0;                          // Unix time; 0 where it is not known
  bool reads_load = false;                       // --enable_load_reader
};

struct ContainerReading {
  CgroupView& view;
  ScrapeContext& scrape;
  const ContainerFacts* facts = nullptr;  // null for what no runtime told of
  // A container with all that is below its group, rather than a group that only sorts others.
  bool is_container = false;
  uint32_t process = 0;          // any of a container's; 0 for other groups
  uint32_t network_process = 0;  // one in the network namespace that shows here; 0 for none
  bool has_quota = false;        // by ReportSpec
  std::optional<std::optional<MemoryStat>> memory_stat;      // by ReadMemoryStat
  std::optional<std::optional<MemoryEvents>> memory_events;  // by ReadMemoryEvents
};

// What several reports need of one file, which is read once.
const std::optional<MemoryStat>& ReadMemoryStat(ContainerReading& reading);
const std::optional<MemoryEvents>& ReadMemoryEvents(ContainerReading& reading);  // of version 2

using Report = void (*)(ContainerReading&, ContainerSink&);

void ReportSpec(ContainerReading& reading, ContainerSink& out);  // of every container; first
void ReportCpu(ContainerReading& reading, ContainerSink& out);
void ReportCpuLoad(ContainerReading& reading, ContainerSink& out);
void ReportCpuset(ContainerReading& reading, ContainerSink& out);
void ReportDisk(ContainerReading& reading, ContainerSink& out);
void ReportDiskIo(ContainerReading& reading, ContainerSink& out);
void ReportHugetlb(ContainerReading& reading, ContainerSink& out);
void ReportMemory(ContainerReading& reading, ContainerSink& out);
void ReportMemoryNuma(ContainerReading& reading, ContainerSink& out);
void ReportNetwork(ContainerReading& reading, ContainerSink& out);
void ReportAdvancedTcp(ContainerReading& reading, ContainerSink& out);
void ReportTcp(ContainerReading& reading, ContainerSink& out);
void ReportUdp(ContainerReading& reading, ContainerSink& out);
void ReportOomEvents(ContainerReading& reading, ContainerSink& out);
void ReportPressure(ContainerReading& reading, ContainerSink& out);
void ReportProcesses(ContainerReading& reading, ContainerSink& out);
void ReportReferencedMemory(ContainerReading& reading, ContainerSink& out);
void ReportSchedule(ContainerReading& reading, ContainerSink& out);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_REPORTS_H_
