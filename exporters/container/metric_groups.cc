#include "exporters/container/metric_groups.h"

#include <algorithm>
#include <iterator>

#include "common/bytes/trim.h"

namespace narthex::exporters {
namespace {

struct GroupRow {
  std::string_view name;
  MetricGroup group;
  bool enabled_by_default;
};
constexpr GroupRow kGroups[] = {
    {"advtcp", MetricGroup::kAdvancedTcp, false},
    {"cpu", MetricGroup::kCpu, true},
    {"cpuLoad", MetricGroup::kCpuLoad, true},
    {"cpu_topology", MetricGroup::kCpuTopology, false},
    {"cpuset", MetricGroup::kCpuset, false},
    {"disk", MetricGroup::kDisk, true},
    {"diskIO", MetricGroup::kDiskIo, true},
    {"hugetlb", MetricGroup::kHugetlb, false},
    {"memory", MetricGroup::kMemory, true},
    {"memory_numa", MetricGroup::kMemoryNuma, false},
    {"network", MetricGroup::kNetwork, true},
    {"oom_event", MetricGroup::kOomEvent, true},
    {"percpu", MetricGroup::kPerCpu, true},
    {"pressure", MetricGroup::kPressure, true},
    {"process", MetricGroup::kProcess, false},
    {"referenced_memory", MetricGroup::kReferencedMemory, false},
    {"sched", MetricGroup::kSched, false},
    {"tcp", MetricGroup::kTcp, false},
    {"udp", MetricGroup::kUdp, false},
};
static_assert(std::size(kGroups) == kMetricGroupCount);

// Groups of cAdvisor that are not here: leaving them out is granted, asking for them is not.
constexpr std::string_view kNotBuilt[] = {"app", "perf_event", "resctrl"};

std::string AllNames() {
  std::string names;
  for (const GroupRow& row : kGroups) names.append(names.empty() ? "" : ",").append(row.name);
  return names;
}

std::string DisabledByDefault() {
  std::string names;
  for (const GroupRow& row : kGroups) {
    if (!row.enabled_by_default) names.append(names.empty() ? "" : ",").append(row.name);
  }
  return names;
}

// The groups of a list with commas between the names.
Result<std::bitset<kMetricGroupCount>> ParseGroups(std::string_view list, bool may_be_unbuilt) {
  std::bitset<kMetricGroupCount> groups;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    const std::string_view name = TrimBlanks(item);
    if (name.empty()) continue;
    const auto* row = std::find_if(std::begin(kGroups), std::end(kGroups),
                                   [&](const GroupRow& each) { return each.name == name; });
    if (row != std::end(kGroups)) {
      groups.set(static_cast<size_t>(row->group));
      continue;
    }
    const bool is_unbuilt =
        std::find(std::begin(kNotBuilt), std::end(kNotBuilt), name) != std::end(kNotBuilt);
    if (!is_unbuilt)
      return InvalidArgument("no group of metrics is called ", Quote(name), ", want ", AllNames());
    if (!may_be_unbuilt)
      return InvalidArgument("the group ", Quote(name), " of cAdvisor is not available here");
  }
  return groups;
}

}  // namespace

void MetricGroups::AddFlags(cli::Flags& flags) {
  disable_ = DisabledByDefault();
  flags.Add("disable_metrics", &disable_,
            "Groups of metrics to leave out, with commas between them: " + AllNames() + ".",
            "LIST");
  flags.Add("enable_metrics", &enable_,
            "The only groups of metrics to show. Where it is given, --disable_metrics counts for "
            "nothing.",
            "LIST");
}

Status MetricGroups::Prepare() {
  if (!enable_.empty()) {
    ASSIGN_OR_RETURN(enabled_, ParseGroups(enable_, false).Prefixed("flag --enable_metrics"));
    return {};
  }
  ASSIGN_OR_RETURN(const auto disabled,
                   ParseGroups(disable_, true).Prefixed("flag --disable_metrics"));
  enabled_ = ~disabled;
  return {};
}

bool MetricGroups::HasNetwork() const {
  return Has(MetricGroup::kNetwork) || Has(MetricGroup::kTcp) || Has(MetricGroup::kUdp) ||
         Has(MetricGroup::kAdvancedTcp);
}

}  // namespace narthex::exporters
