// Temperatures, fans, voltages and other sensors, from /sys/class/hwmon.
#include "exporters/node/hwmon.h"

#include <filesystem>

#include "exporters/kit/device_filter.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

// A monitor and what it is called.
struct Chip {
  std::string folder;  // below sysfs
  std::string entry;   // "hwmon3"
  std::string name;    // where it sits, as "platform_coretemp_0"
  std::string kind;    // what its driver calls it, as "coretemp"; may be empty
};

class HwmonCollector : public Collector {
 public:
  explicit HwmonCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    chips_.AddFlags(flags);
    sensors_.AddFlags(flags);
  }
  Status Prepare() override {
    RETURN_IF_ERROR(chips_.Prepare());
    return sensors_.Prepare();
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List("class/hwmon"));
    std::vector<Chip> chips;
    for (const std::string& entry : entries) {
      auto chip = FindChip(entry);
      if (chip) chips.push_back(std::move(*chip));
    }
    for (const Chip& chip : chips) {
      const std::string name = DistinctName(chip, chips);
      if (chips_.Takes(name)) CollectChip(chip, name, sink);
    }
    return {};
  }

 private:
  // The last two parts of the real path of its device name a chip; else its driver does.
  std::optional<Chip> FindChip(const std::string& entry) const {
    Chip chip{"class/hwmon/" + entry, entry, "", ""};
    std::error_code error;
    if (!std::filesystem::is_directory(sys_.Path(chip.folder), error)) return std::nullopt;
    chip.kind = FindValue(sys_, chip.folder + "/name").value_or("");
    const auto device = std::filesystem::canonical(sys_.Path(chip.folder + "/device"), error);
    if (!error) {
      const std::string bus = CleanHwmonName(device.parent_path().filename().string());
      const std::string name = CleanHwmonName(device.filename().string());
      chip.name = bus.empty() || name.empty() ? name : bus + "_" + name;
    }
    if (chip.name.empty()) chip.name = CleanHwmonName(chip.kind);
    if (chip.name.empty()) {
      const auto real = std::filesystem::canonical(sys_.Path(chip.folder), error);
      if (!error) chip.name = CleanHwmonName(real.filename().string());
    }
    if (chip.name.empty()) return std::nullopt;
    return chip;
  }

  // Chips in one place are told apart by their kind, and by their entry where that is equal too.
  static std::string DistinctName(const Chip& chip, const std::vector<Chip>& chips) {
    size_t same_place = 0;
    size_t same_kind = 0;
    for (const Chip& other : chips) {
      if (other.name != chip.name) continue;
      ++same_place;
      if (other.kind == chip.kind) ++same_kind;
    }
    if (same_place == 1) return chip.name;
    const std::string kind = CleanHwmonName(chip.kind);
    return chip.name + "_" + (kind.empty() || same_kind > 1 ? CleanHwmonName(chip.entry) : kind);
  }

  void CollectChip(const Chip& chip, const std::string& name, MetricSink& sink) const {
    const std::string kind = CleanHwmonName(chip.kind);
    if (!kind.empty()) {
      sink.Gauge("node_hwmon_chip_names", "Constant 1, with what a chip's driver calls it.", 1,
                 {{"chip", name}, {"chip_name", kind}});
    }
    std::map<std::string, SensorValues> sensors;
    ReadSensors(chip.folder, sensors);
    ReadSensors(chip.folder + "/device", sensors);
    for (const auto& [sensor, values] : sensors) {
      if (!sensors_.Takes(name + ";" + sensor)) continue;
      const auto label = values.find("label");
      if (label != values.end()) {
        sink.Gauge("node_hwmon_sensor_label", "Constant 1, with what a sensor measures.", 1,
                   {{"chip", name}, {"sensor", sensor}, {"label", label->second}});
      }
      ShowSensor(name, sensor, values, sink);
    }
  }

  void ReadSensors(const std::string& folder, std::map<std::string, SensorValues>& sensors) const {
    const auto files = sys_.List(folder);
    if (!files.ok()) return;
    for (const std::string& file : *files) {
      const auto parsed = ParseSensorFile(file);
      if (!parsed) continue;
      auto value = FindValue(sys_, folder + "/" + file);
      if (!value) continue;
      const std::string sensor = std::string(parsed->type) + std::to_string(parsed->number);
      sensors[sensor][std::string(parsed->property)] = std::move(*value);
    }
  }

  static void ShowSensor(const std::string& chip, const std::string& sensor,
                         const SensorValues& values, MetricSink& sink) {
    const std::string type = sensor.substr(0, sensor.find_first_of("0123456789"));
    for (const auto& [property, text] : values) {
      const auto metric = SensorMetricOf(type, property, values);
      if (!metric) continue;
      const auto kind = metric->counter ? openmetrics::Type::kCounter : openmetrics::Type::kGauge;
      sink.AnyFamily(metric->name, kind, "Value " + property + " of sensors of type " + type + ".")
          .Sample({{"chip", chip}, {"sensor", metric->sensor.empty() ? sensor : metric->sensor}},
                  metric->value);
    }
  }

  const Directory& sys_;
  DeviceFilter chips_{"collector.hwmon.chip", "chips"};
  DeviceFilter sensors_{"collector.hwmon.sensor", "sensors, as CHIP;SENSOR"};
};

}  // namespace

std::unique_ptr<Collector> NewHwmonCollector(const SystemPaths& paths) {
  return std::make_unique<HwmonCollector>(paths.sys);
}

}  // namespace narthex::exporters
