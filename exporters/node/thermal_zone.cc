// Temperatures and coolers, from /sys/class/thermal; see the kernel's
// Documentation/driver-api/thermal/sysfs-api.rst. A zone that cannot be read is left out.
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

const std::string kFolder = "class/thermal";
const std::string kZone = "thermal_zone";
const std::string kCooler = "cooling_device";

class ThermalZoneCollector : public Collector {
 public:
  explicit ThermalZoneCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> zones, ListNumbered(sys_, kFolder, kZone));
    ASSIGN_OR_RETURN(const std::vector<std::string> coolers, ListNumbered(sys_, kFolder, kCooler));
    for (const std::string& zone : zones) {
      const auto type = FindValue(sys_, kFolder + "/" + zone + "/type");
      const auto millidegrees = FindNumber(sys_, kFolder + "/" + zone + "/temp");
      if (!type || !millidegrees) continue;
      sink.Gauge("node_thermal_zone_temp", "Temperature of a zone in degrees Celsius.",
                 *millidegrees / 1000, {{"zone", zone.substr(kZone.size())}, {"type", *type}});
    }
    for (const std::string& cooler : coolers) CollectCooler(cooler, sink);
    return {};
  }

 private:
  void CollectCooler(const std::string& cooler, MetricSink& sink) const {
    const auto type = FindValue(sys_, kFolder + "/" + cooler + "/type");
    const auto current = FindNumber(sys_, kFolder + "/" + cooler + "/cur_state");
    const auto maximum = FindNumber(sys_, kFolder + "/" + cooler + "/max_state");
    if (!type || !current || !maximum) return;
    const std::string number = cooler.substr(kCooler.size());
    sink.Gauge("node_cooling_device_cur_state", "How far a cooler is turned up.", *current,
               {{"name", number}, {"type", *type}});
    sink.Gauge("node_cooling_device_max_state", "How far a cooler can be turned up.", *maximum,
               {{"name", number}, {"type", *type}});
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewThermalZoneCollector(const SystemPaths& paths) {
  return std::make_unique<ThermalZoneCollector>(paths.sys);
}

}  // namespace narthex::exporters
