#include "exporters/kit/pressure.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kWaitingHelp =
    "Time in which at least one task waited for the resource.";
constexpr std::string_view kStalledHelp = "Time in which all tasks waited for the resource.";

// A resource and which of its two lines are shown: cpu has no "full" for the whole system, irq no
// "some".
struct Resource {
  const char* file;
  const char* waiting;  // null for none
  const char* stalled;
};
constexpr Resource kResources[] = {
    {"pressure/cpu", "node_pressure_cpu_waiting_seconds_total", nullptr},
    {"pressure/io", "node_pressure_io_waiting_seconds_total",
     "node_pressure_io_stalled_seconds_total"},
    {"pressure/memory", "node_pressure_memory_waiting_seconds_total",
     "node_pressure_memory_stalled_seconds_total"},
    {"pressure/irq", nullptr, "node_pressure_irq_stalled_seconds_total"},
};

class PressureCollector : public Collector {
 public:
  explicit PressureCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    Status absent;
    bool found = false;
    for (const Resource& resource : kResources) {
      const auto text = proc_.Read(resource.file);
      if (text.code() == Code::kNotFound) {  // before Linux 4.20; irq before 6.1
        absent = text.status();
        continue;
      }
      // A kernel that was started with psi=0 has the files but refuses to read them.
      if (!text.ok()) return text.status();
      ASSIGN_OR_RETURN(const Pressure pressure, ParsePressure(*text).Prefixed(resource.file));
      RETURN_IF_ERROR(Show(resource.waiting, kWaitingHelp, pressure.some_us, sink));
      RETURN_IF_ERROR(Show(resource.stalled, kStalledHelp, pressure.full_us, sink));
      found = true;
    }
    return found ? Status() : absent;
  }

 private:
  static Status Show(const char* name, std::string_view help, std::optional<double> total_us,
                     MetricSink& sink) {
    if (name == nullptr) return {};
    if (!total_us) return NoData("the kernel does not tell ", name);
    sink.Counter(name, help, *total_us / 1000.0 / 1000.0);
    return {};
  }

  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewPressureCollector(const SystemPaths& paths) {
  return std::make_unique<PressureCollector>(paths.proc);
}

}  // namespace narthex::exporters
