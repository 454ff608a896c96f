// Containers and other control groups: walks the trees of control groups once a scrape, asks what
// runtimes know, and reports each.
#include <algorithm>
#include <iterator>
#include <set>

#include "common/bytes/trim.h"
#include "exporters/container/cgroup_layout.h"
#include "exporters/container/cgroup_tree.h"
#include "exporters/container/collectors.h"
#include "exporters/container/facts_catalog.h"
#include "exporters/container/reports.h"
#include "exporters/container/selection.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

struct ReportRow {
  MetricGroup group;
  Report report;
  bool is_network = false;  // wants a network namespace to be shown
};
constexpr ReportRow kReports[] = {
    {MetricGroup::kCpu, ReportCpu},
    {MetricGroup::kCpuLoad, ReportCpuLoad},
    {MetricGroup::kCpuset, ReportCpuset},
    {MetricGroup::kDisk, ReportDisk},
    {MetricGroup::kDiskIo, ReportDiskIo},
    {MetricGroup::kHugetlb, ReportHugetlb},
    {MetricGroup::kMemory, ReportMemory},
    {MetricGroup::kMemoryNuma, ReportMemoryNuma},
    {MetricGroup::kOomEvent, ReportOomEvents},
    {MetricGroup::kPressure, ReportPressure},
    {MetricGroup::kProcess, ReportProcesses},
    {MetricGroup::kReferencedMemory, ReportReferencedMemory},
    {MetricGroup::kSched, ReportSchedule},
    {MetricGroup::kNetwork, ReportNetwork, true},
    {MetricGroup::kAdvancedTcp, ReportAdvancedTcp, true},
    {MetricGroup::kTcp, ReportTcp, true},
    {MetricGroup::kUdp, ReportUdp, true},
};

// "hugepages-2048kB" as control groups spell it: "2MB".
std::string PageSizeName(std::string_view folder) {
  constexpr std::string_view kFront = "hugepages-";
  constexpr std::string_view kBack = "kB";
  if (!folder.starts_with(kFront) || !folder.ends_with(kBack)) return "";
  folder.remove_prefix(kFront.size());
  folder.remove_suffix(kBack.size());
  auto size = ParseUnsigned(folder);
  if (!size) return "";
  constexpr const char* kUnits[] = {"KB", "MB", "GB"};
  size_t unit = 0;
  for (; unit + 1 < std::size(kUnits) && *size >= 1024 && *size % 1024 == 0; ++unit) *size /= 1024;
  return std::to_string(*size) + kUnits[unit];
}

std::vector<std::string> HugePageSizes(const Directory& sys) {
  std::vector<std::string> sizes;
  const auto folders = sys.List("kernel/mm/hugepages");
  if (!folders.ok()) return sizes;
  for (const std::string& folder : *folders) {
    std::string size = PageSizeName(folder);
    if (!size.empty()) sizes.push_back(std::move(size));
  }
  return sizes;
}

int64_t BootTime(const Directory& proc) {
  int64_t booted_s = 0;
  const auto text = proc.Read("stat");
  if (!text.ok()) return booted_s;
  ForEachNamedNumber(*text, [&](std::string_view name, uint64_t value) {
    if (name == "btime") booted_s = static_cast<int64_t>(value);
  });
  return booted_s;
}

class ContainersCollector : public Collector {
 public:
  ContainersCollector(const SystemPaths& paths, const ContainerOptions& options)
      : paths_(paths), options_(options) {}

  Status Prepare() override {
    catalog_ = std::make_unique<FactsCatalog>(options_.MakeSources(paths_.root),
                                              options_.runtime_timeout, options_.clock);
    return {};
  }

  Status Collect(MetricSink& sink) override {
    Status status = CollectAll(sink);
    sink.Gauge("container_scrape_error", "1 where containers could not be read, else 0.",
               status.ok() ? 0 : 1);
    return status;
  }

 private:
  Status CollectAll(MetricSink& sink) {
    ASSIGN_OR_RETURN(const std::string mounts, paths_.proc.Read("self/mountinfo"));
    ASSIGN_OR_RETURN(CgroupLayout layout, ParseCgroupLayout(mounts));
    const OpenHierarchies hierarchies(std::move(layout));
    ASSIGN_OR_RETURN(const CgroupTree tree, WalkCgroups(hierarchies));
    if (tree.is_cut) {
      sink.Complain(LimitReached("only the first ", std::to_string(tree.cgroups.size()),
                                 " control groups are shown"));
    }
    for (Status& failure : catalog_->Refresh(ContainerIds(tree.cgroups)))
      sink.Complain(std::move(failure));
    ShowSources(sink);
    std::vector<ShownCgroup> shown =
        SelectCgroups(hierarchies, tree.cgroups, options_,
                      {[this](const std::string& id) { return catalog_->Container(id); },
                       [this](const std::string& uid) { return catalog_->Pod(uid); }});
    if (options_.groups.HasNetwork()) AssignNetworks(paths_.proc, options_, shown);

    ScrapeContext scrape{paths_, options_.groups, ledger_, start_times_, DeviceNames(paths_.sys)};
    scrape.reads_load = options_.reads_load;
    scrape.booted_s = BootTime(paths_.proc);
    scrape.blkio_policies = BlkioPolicies(hierarchies, tree.cgroups);
    if (options_.groups.Has(MetricGroup::kHugetlb))
      scrape.huge_page_sizes = HugePageSizes(paths_.sys);
    std::set<std::string_view> paths;
    for (const ShownCgroup& one : shown) {
      CgroupView view(hierarchies, tree.cgroups, one.index);
      ReportOne(one, view, scrape, sink);
      paths.insert(view.path());
    }
    ledger_.Keep(paths);
    start_times_.Keep(paths);
    return {};
  }

  // A runtime that is not on this machine is no failure.
  void ShowSources(MetricSink& sink) const {
    Family& failures = sink.CounterFamily("narthex_container_runtime_failures_total",
                                          "Questions to a runtime that it did not answer well.");
    Family& containers = sink.GaugeFamily("narthex_container_runtime_containers",
                                          "Containers whose names and labels the runtime told.");
    for (const SourceState& state : catalog_->states()) {
      const bool is_absent =
          state.status.code() == Code::kNotFound || state.status.code() == Code::kNoData;
      if (!state.was_asked || (is_absent && state.failures == 0)) continue;
      failures.Sample({{"runtime", state.name}}, static_cast<double>(state.failures));
      containers.Sample({{"runtime", state.name}}, static_cast<double>(state.containers));
    }
  }

  void ReportOne(const ShownCgroup& one, CgroupView& view, ScrapeContext& scrape,
                 MetricSink& sink) const {
    const LabelMap label_map = options_.labels.Of(view.path(), one.name, one.facts.get());
    std::vector<Label> labels;
    for (const auto& [name, value] : label_map) labels.push_back({name, value});
    ContainerSink out(sink, labels);
    ContainerReading reading{view, scrape};
    reading.facts = one.facts.get();
    reading.is_container = one.is_container;
    reading.process = one.process;
    reading.network_process = one.network_process;
    const int64_t now_s = options_.clock.NowMs() / 1000;
    out.Gauge("container_last_seen", "When the container was seen last, as Unix time.",
              static_cast<double>(now_s));
    ShowHealth(one, out);
    ReportSpec(reading, out);
    for (const ReportRow& row : kReports) {
      if (options_.groups.Has(row.group) && (!row.is_network || one.network_process != 0))
        row.report(reading, out);
    }
  }

  void ShowHealth(const ShownCgroup& one, ContainerSink& out) const {
    const Health health = one.facts ? one.facts->health : Health::kNoCheck;
    if (health == Health::kNoCheck && !options_.labels.is_compatible()) return;
    const double value = health == Health::kNoCheck ? -1 : health == Health::kHealthy ? 1 : 0;
    out.Gauge("container_health_state",
              "What the container's own check says: 1 healthy, 0 not so, -1 where there is none.",
              value);
  }

  const SystemPaths& paths_;
  const ContainerOptions& options_;
  ScheduleLedger ledger_;
  StartTimes start_times_;
  std::unique_ptr<FactsCatalog> catalog_;
};

}  // namespace

std::unique_ptr<Collector> NewContainersCollector(const SystemPaths& paths,
                                                  const ContainerOptions& options) {
  return std::make_unique<ContainersCollector>(paths, options);
}

}  // namespace narthex::exporters
