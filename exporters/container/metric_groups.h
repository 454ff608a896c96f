// The groups of metrics that --disable_metrics and --enable_metrics name, as in cAdvisor.
#ifndef NARTHEX_EXPORTERS_CONTAINER_METRIC_GROUPS_H_
#define NARTHEX_EXPORTERS_CONTAINER_METRIC_GROUPS_H_

#include <bitset>
#include <string>
#include <string_view>

#include "common/cli/flags.h"
#include "common/status/status.h"

namespace narthex::exporters {

enum class MetricGroup : unsigned char {
  kAdvancedTcp,
  kCpu,
  kCpuLoad,
  kCpuTopology,
  kCpuset,
  kDisk,
  kDiskIo,
  kHugetlb,
  kMemory,
  kMemoryNuma,
  kNetwork,
  kOomEvent,
  kPerCpu,  // cuts CPU time by CPU, where kCpu is on
  kPressure,
  kProcess,
  kReferencedMemory,
  kSched,
  kTcp,
  kUdp,
};
inline constexpr size_t kMetricGroupCount = 19;

class MetricGroups {
 public:
  void AddFlags(cli::Flags& flags);
  // After parsing. kInvalidArgument: a name that is unknown, or of a group that is not built.
  Status Prepare();

  bool Has(MetricGroup group) const { return enabled_[static_cast<size_t>(group)]; }
  bool HasNetwork() const;

 private:
  std::string disable_;
  std::string enable_;
  std::bitset<kMetricGroupCount> enabled_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_METRIC_GROUPS_H_
