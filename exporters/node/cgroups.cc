#include "exporters/node/cgroups.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class CgroupsCollector : public Collector {
 public:
  explicit CgroupsCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("cgroups"));
    ASSIGN_OR_RETURN(const std::vector<CgroupController> controllers, ParseCgroups(text));
    Family& cgroups =
        sink.GaugeFamily("node_cgroups_cgroups", "Control groups that a controller has.");
    Family& enabled =
        sink.GaugeFamily("node_cgroups_enabled", "1 where a controller is enabled, else 0.");
    for (const CgroupController& controller : controllers) {
      cgroups.Sample({{"subsys_name", controller.name}}, controller.cgroups);
      enabled.Sample({{"subsys_name", controller.name}}, controller.enabled);
    }
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

Result<std::vector<CgroupController>> ParseCgroups(std::string_view text) {
  std::vector<CgroupController> controllers;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    if (line->substr(0, 1) == "#") continue;
    FieldReader fields(*line);
    const auto name = fields.Next();
    const auto hierarchy = fields.NextUnsigned();
    const auto cgroups = fields.NextUnsigned();
    const auto enabled = fields.NextUnsigned();
    if (!name || !hierarchy || !cgroups || !enabled)
      return Corruption("cgroups: want a name and three numbers, got ", Quote(*line));
    controllers.push_back({*name, static_cast<double>(*cgroups), static_cast<double>(*enabled)});
  }
  return controllers;
}

std::unique_ptr<Collector> NewCgroupsCollector(const SystemPaths& paths) {
  return std::make_unique<CgroupsCollector>(paths.proc);
}

}  // namespace narthex::exporters
