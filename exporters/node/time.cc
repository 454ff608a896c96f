// System time, its zone, and the clock sources below /sys/devices/system/clocksource.
#include <ctime>

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kFolder = "devices/system/clocksource";
constexpr std::string_view kEntryPrefix = "clocksource";

class TimeCollector : public Collector {
 public:
  explicit TimeCollector(const SystemPaths& paths) : sys_(paths.sys) {}

  Status Collect(MetricSink& sink) override {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm local{};
    localtime_r(&now.tv_sec, &local);
    sink.Gauge("node_time_seconds", "Unix time of this machine.",
               static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9);
    sink.Gauge("node_time_zone_offset_seconds", "Offset of the machine's time zone from UTC.",
               static_cast<double>(local.tm_gmtoff), {{"time_zone", local.tm_zone}});
    return CollectSources(sink);
  }

 private:
  Status CollectSources(MetricSink& sink) const {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List(kFolder));
    for (const std::string& entry : entries) {
      if (entry.compare(0, kEntryPrefix.size(), kEntryPrefix) != 0) continue;
      const std::string device = entry.substr(kEntryPrefix.size());
      const std::string folder = std::string(kFolder) + "/" + entry;
      ASSIGN_OR_RETURN(const std::string available, sys_.Read(folder + "/available_clocksource"));
      ASSIGN_OR_RETURN(const std::string current, sys_.Read(folder + "/current_clocksource"));
      FieldReader names(available);
      while (const auto name = names.Next()) {
        sink.Gauge("node_time_clocksource_available_info",
                   "Constant 1 for each clock source that could be used.", 1,
                   {{"device", device}, {"clocksource", *name}});
      }
      sink.Gauge("node_time_clocksource_current_info", "Constant 1 for the clock source in use.", 1,
                 {{"device", device}, {"clocksource", TrimBlanks(current)}});
    }
    return {};
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewTimeCollector(const SystemPaths& paths) {
  return std::make_unique<TimeCollector>(paths);
}

}  // namespace narthex::exporters
