// What the firmware tells of the machine, from /sys/class/dmi/id. Serial numbers are for root only.
#include <array>

#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct Attribute {
  const char* file;
  const char* label;
};
constexpr Attribute kAttributes[] = {
    {"bios_date", "bios_date"},
    {"bios_release", "bios_release"},
    {"bios_vendor", "bios_vendor"},
    {"bios_version", "bios_version"},
    {"board_asset_tag", "board_asset_tag"},
    {"board_name", "board_name"},
    {"board_serial", "board_serial"},
    {"board_vendor", "board_vendor"},
    {"board_version", "board_version"},
    {"chassis_asset_tag", "chassis_asset_tag"},
    {"chassis_serial", "chassis_serial"},
    {"chassis_vendor", "chassis_vendor"},
    {"chassis_version", "chassis_version"},
    {"product_family", "product_family"},
    {"product_name", "product_name"},
    {"product_serial", "product_serial"},
    {"product_sku", "product_sku"},
    {"product_uuid", "product_uuid"},
    {"product_version", "product_version"},
    {"sys_vendor", "system_vendor"},
};
constexpr size_t kAttributeCount = std::size(kAttributes);

class DmiCollector : public Collector {
 public:
  explicit DmiCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    std::array<std::string, kAttributeCount> values;
    std::array<Label, kAttributeCount> labels;
    size_t count = 0;
    for (const Attribute& attribute : kAttributes) {
      auto value = FindValue(sys_, std::string("class/dmi/id/") + attribute.file);
      if (!value) continue;
      values[count] = std::move(*value);
      labels[count] = {attribute.label, values[count]};
      ++count;
    }
    if (count == 0) return NoData("the firmware tells nothing of this machine");
    sink.GaugeFamily("node_dmi_info", "Constant 1, with what the firmware tells of the machine.")
        .Sample("", labels.data(), count, 1);
    return {};
  }

 private:
  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewDmiCollector(const SystemPaths& paths) {
  return std::make_unique<DmiCollector>(paths.sys);
}

}  // namespace narthex::exporters
