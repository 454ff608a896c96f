// What the firmware tells of the machine, from /sys/class/dmi/id. Serial numbers are for root only.
#include <array>
#include <mutex>

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

// What the firmware tells stays as it is, so that it is read once.
class DmiCollector : public Collector {
 public:
  explicit DmiCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    const std::lock_guard lock(mutex_);
    if (values_.empty()) Read();
    if (values_.empty()) return NoData("the firmware tells nothing of this machine");
    std::array<Label, kAttributeCount> labels;
    for (size_t i = 0; i < values_.size(); ++i)
      labels[i] = {values_[i].first->label, values_[i].second};
    sink.GaugeFamily("node_dmi_info", "Constant 1, with what the firmware tells of the machine.")
        .Sample("", labels.data(), values_.size(), 1);
    return {};
  }

 private:
  void Read() {
    const OpenFolder folder(sys_.Path("class/dmi/id"));
    if (!folder.exists()) return;
    for (const Attribute& attribute : kAttributes) {
      if (auto value = FindValue(folder, attribute.file))
        values_.emplace_back(&attribute, std::move(*value));
    }
  }

  const Directory& sys_;
  std::mutex mutex_;
  std::vector<std::pair<const Attribute*, std::string>> values_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<Collector> NewDmiCollector(const SystemPaths& paths) {
  return std::make_unique<DmiCollector>(paths.sys);
}

}  // namespace narthex::exporters
