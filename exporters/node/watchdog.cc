// Watchdog devices, from /sys/class/watchdog; see the kernel's
// Documentation/ABI/testing/sysfs-class-watchdog.
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct WatchdogFile {
  const char* file;
  const char* name;
  const char* help;
};
constexpr WatchdogFile kFiles[] = {
    {"bootstatus", "node_watchdog_bootstatus", "Why the machine was booted last, as flags."},
    {"fw_version", "node_watchdog_fw_version", "Version of the device's firmware."},
    {"nowayout", "node_watchdog_nowayout", "1 where the watch cannot be stopped, else 0."},
    {"timeleft", "node_watchdog_timeleft_seconds", "Time until the machine is reset."},
    {"timeout", "node_watchdog_timeout_seconds", "Time without a sign of life that resets."},
    {"pretimeout", "node_watchdog_pretimeout_seconds",
     "Time before the reset at which a warning is given."},
    {"access_cs0", "node_watchdog_access_cs0", "Which flash a reset boots from."},
};

class WatchdogCollector : public Collector {
 public:
  explicit WatchdogCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, sys_.List("class/watchdog"));
    for (const std::string& name : names) {
      const std::string folder = "class/watchdog/" + name + "/";
      for (const WatchdogFile& file : kFiles) {
        if (const auto value = FindNumber(sys_, folder + file.file))
          sink.Gauge(file.name, file.help, *value, {{"name", name}});
      }
      const auto text = [&](const char* file) {
        return FindValue(sys_, folder + file).value_or("");
      };
      sink.Gauge("node_watchdog_info", "Constant 1, with what a watchdog tells of itself.", 1,
                 {{"name", name},
                  {"options", text("options")},
                  {"identity", text("identity")},
                  {"state", text("state")},
                  {"status", text("status")},
                  {"pretimeout_governor", text("pretimeout_governor")}});
    }
    return {};
  }

 private:
  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewWatchdogCollector(const SystemPaths& paths) {
  return std::make_unique<WatchdogCollector>(paths.sys);
}

}  // namespace narthex::exporters
