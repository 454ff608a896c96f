// NVMe subsystems and the paths to them, from /sys/class/nvme-subsystem.
#include <algorithm>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kStates[] = {"connecting", "dead",      "deleting", "live",
                                        "new",        "resetting", "unknown"};

// The kernel's word as metrics have it: "deleting (no IO)" is deleting too.
std::string_view StateOf(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(' '));
  const auto* state = std::find(std::begin(kStates), std::end(kStates), word);
  return state == std::end(kStates) ? "unknown" : *state;
}

// "nvme1" is a controller, "nvme1n2" a namespace.
bool IsNumbered(std::string_view text) { return ParseUnsigned(text).has_value(); }
bool IsController(const std::string& entry) {
  return entry.compare(0, 4, "nvme") == 0 && IsNumbered(std::string_view(entry).substr(4));
}
bool IsNamespace(const std::string& entry) {
  const size_t n = entry.rfind('n');
  return entry.compare(0, 4, "nvme") == 0 && n != std::string::npos && n > 4 &&
         IsNumbered(std::string_view(entry).substr(4, n - 4)) &&
         IsNumbered(std::string_view(entry).substr(n + 1));
}

class NvmesubsystemCollector : public Collector {
 public:
  explicit NvmesubsystemCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, sys_.List("class/nvme-subsystem"));
    for (const std::string& name : names) RETURN_IF_ERROR(CollectSubsystem(name, sink));
    return {};
  }

 private:
  Status CollectSubsystem(const std::string& name, MetricSink& sink) const {
    const std::string folder = "class/nvme-subsystem/" + name;
    const auto text = [&](const char* file) {
      return FindValue(sys_, folder + "/" + file).value_or("");
    };
    sink.Gauge("node_nvmesubsystem_info", "Constant 1, with what an NVMe subsystem tells.", 1,
               {{"subsystem", name},
                {"nqn", text("subsysnqn")},
                {"model", text("model")},
                {"serial", text("serial")},
                {"iopolicy", text("iopolicy")}});
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List(folder));
    double paths = 0;
    double live = 0;
    for (const std::string& entry : entries) {
      if (IsNamespace(entry)) {
        sink.Gauge("node_nvmesubsystem_namespace_info", "Constant 1 for each namespace.", 1,
                   {{"subsystem", name}, {"device", entry}});
      }
      if (!IsController(entry)) continue;
      const std::string state = text((entry + "/state").c_str());
      ++paths;
      if (StateOf(state) == "live") ++live;
      const std::string transport = text((entry + "/transport").c_str());
      for (const std::string_view one : kStates) {
        sink.Gauge(
            "node_nvmesubsystem_path_state", "1 for the state that a path is in.",
            one == StateOf(state) ? 1 : 0,
            {{"subsystem", name}, {"controller", entry}, {"transport", transport}, {"state", one}});
      }
    }
    sink.Gauge("node_nvmesubsystem_paths", "Paths to a subsystem.", paths, {{"subsystem", name}});
    sink.Gauge("node_nvmesubsystem_paths_live", "Paths to a subsystem that can be used.", live,
               {{"subsystem", name}});
    return {};
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewNvmesubsystemCollector(const SystemPaths& paths) {
  return std::make_unique<NvmesubsystemCollector>(paths.sys);
}

}  // namespace narthex::exporters
