// Caches of the network stack, from the files of /proc/net/stat, see lnstat(8).
#include "common/openmetrics/format.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"
#include "exporters/node/net_stat_table.h"

namespace narthex::exporters {
namespace {

class LnstatCollector : public Collector {
 public:
  explicit LnstatCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    const auto files = proc_.List("net/stat");
    if (files.code() == Code::kNotFound) return {};
    if (!files.ok()) return files.status();
    for (const std::string& file : *files) {
      ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/stat/" + file));
      ASSIGN_OR_RETURN(const std::vector<NetStatColumn> columns,
                       ParseNetStatTable(text).Prefixed(file));
      for (const NetStatColumn& column : columns) RETURN_IF_ERROR(Show(file, column, sink));
    }
    return {};
  }

 private:
  static Status Show(const std::string& file, const NetStatColumn& column, MetricSink& sink) {
    const std::string name = "node_lnstat_" + std::string(column.title) + "_total";
    if (!IsLegacyMetricName(name)) return Corruption(file, ": no column's title: ", Quote(name));
    Family& family = sink.CounterFamily(
        name, "Column " + std::string(column.title) + " of the files of /proc/net/stat.");
    for (size_t cpu = 0; cpu < column.cpus.size(); ++cpu)
      family.Sample({{"subsystem", file}, {"cpu", std::to_string(cpu)}}, column.cpus[cpu]);
    return {};
  }

  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewLnstatCollector(const SystemPaths& paths) {
  return std::make_unique<LnstatCollector>(paths.proc);
}

}  // namespace narthex::exporters
