// Energy used, from /sys/class/powercap; see the kernel's
// Documentation/power/powercap/powercap.rst. Most kernels give it to root only.
#include "exporters/node/rapl.h"

#include <map>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kMicrojoulesPerJoule = 1e6;

// What of a zone's name can be part of a metric's.
std::string MetricPart(std::string name) {
  for (char& c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fits) c = '_';
  }
  return name;
}

class RaplCollector : public Collector {
 public:
  explicit RaplCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.rapl.enable-zone-label", &zone_label_,
              "Tell the zone by a label of one metric instead of a metric each.");
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List("class/powercap"));
    std::map<std::string, int> used;
    bool found = false;
    for (const std::string& entry : entries) {
      const auto name = FindValue(sys_, "class/powercap/" + entry + "/name");
      if (!name) continue;
      RaplName zone = ParseRaplName(*name);
      if (zone.index < 0) zone.index = used[zone.kind];
      used[zone.kind] = zone.index + 1;
      const auto energy_uj = FindNumber(sys_, "class/powercap/" + entry + "/energy_uj");
      if (!energy_uj) continue;
      Show(zone, sys_.Path("class/powercap/" + entry), *energy_uj / kMicrojoulesPerJoule, sink);
      found = true;
    }
    return found ? Status() : NoData("no energy that this user may read");
  }

 private:
  void Show(const RaplName& zone, const std::string& path, double joules, MetricSink& sink) const {
    const std::string index = std::to_string(zone.index);
    if (zone_label_) {
      sink.Counter("node_rapl_joules_total", "Energy that a zone used.", joules,
                   {{"index", index}, {"path", path}, {"rapl_zone", zone.kind}});
      return;
    }
    sink.Counter("node_rapl_" + MetricPart(zone.kind) + "_joules_total",
                 "Energy that zones of kind " + zone.kind + " used.", joules,
                 {{"index", index}, {"path", path}});
  }

  const Directory& sys_;
  bool zone_label_ = false;
};

}  // namespace

RaplName ParseRaplName(std::string_view name) {
  constexpr size_t kMaxDigits = 6;
  const size_t dash = name.find('-');
  if (dash != std::string_view::npos && name.size() - dash <= kMaxDigits + 1) {
    if (const auto index = ParseUnsigned(name.substr(dash + 1)))
      return {std::string(name.substr(0, dash)), static_cast<int>(*index)};
  }
  return {std::string(name), -1};
}

std::unique_ptr<Collector> NewRaplCollector(const SystemPaths& paths) {
  return std::make_unique<RaplCollector>(paths.sys);
}

}  // namespace narthex::exporters
