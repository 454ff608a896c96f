// Merging of equal pages, from /sys/kernel/mm/ksm; see the kernel's
// Documentation/admin-guide/mm/ksm.rst.
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

struct KsmFile {
  const char* file;
  const char* name;
  Type type;
  double divisor;  // of the file's unit to the metric's
  const char* help;
};
constexpr KsmFile kFiles[] = {
    {"full_scans", "node_ksmd_full_scans_total", Type::kCounter, 1,
     "Scans of all memory that may be merged."},
    {"general_profit", "node_ksmd_general_profit_bytes", Type::kGauge, 1,
     "Memory saved, less what merging itself takes."},
    {"merge_across_nodes", "node_ksmd_merge_across_nodes", Type::kGauge, 1,
     "1 where pages of different NUMA nodes are merged, else 0."},
    {"pages_shared", "node_ksmd_pages_shared", Type::kGauge, 1, "Merged pages in use."},
    {"pages_sharing", "node_ksmd_pages_sharing", Type::kGauge, 1,
     "Places that use merged pages, beyond the first of each."},
    {"pages_to_scan", "node_ksmd_pages_to_scan", Type::kGauge, 1,
     "Pages scanned between two sleeps."},
    {"pages_unshared", "node_ksmd_pages_unshared", Type::kGauge, 1,
     "Pages that were compared and have no equal."},
    {"pages_volatile", "node_ksmd_pages_volatile", Type::kGauge, 1,
     "Pages that change too fast to be compared."},
    {"run", "node_ksmd_run", Type::kGauge, 1, "0 stopped, 1 running, 2 stopped and unmerged."},
    {"sleep_millisecs", "node_ksmd_sleep_seconds", Type::kGauge, 1000,
     "Time slept between two scans."},
};

class KsmdCollector : public Collector {
 public:
  explicit KsmdCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    for (const KsmFile& file : kFiles) {
      const auto value = ReadNumber(sys_, std::string("kernel/mm/ksm/") + file.file);
      if (value.code() == Code::kNotFound) continue;  // younger than the kernel
      if (!value.ok()) return value.status();
      sink.AnyFamily(file.name, file.type, file.help).Sample({}, *value / file.divisor);
    }
    return {};
  }

 private:
  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewKsmdCollector(const SystemPaths& paths) {
  return std::make_unique<KsmdCollector>(paths.sys);
}

}  // namespace narthex::exporters
