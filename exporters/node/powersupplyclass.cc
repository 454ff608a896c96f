// Batteries and other power supplies, from /sys/class/power_supply; see the kernel's
// Documentation/ABI/testing/sysfs-class-power. Currents, charges, energies, powers and voltages are
// in millionths there, temperatures in tenths.
#include "common/regex/regex.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kMicro = 1e6;
constexpr double kTenth = 10;

struct SupplyNumber {
  const char* file;
  const char* name;  // behind node_power_supply_
  double divisor;
};
constexpr SupplyNumber kNumbers[] = {
    {"authentic", "authentic", 1},
    {"calibrate", "calibrate", 1},
    {"capacity", "capacity", 1},
    {"capacity_alert_max", "capacity_alert_max", 1},
    {"capacity_alert_min", "capacity_alert_min", 1},
    {"cycle_count", "cyclecount", 1},
    {"online", "online", 1},
    {"present", "present", 1},
    {"time_to_empty_now", "time_to_empty_seconds", 1},
    {"time_to_full_now", "time_to_full_seconds", 1},
    {"charge_control_limit", "charge_control_limit", kMicro},
    {"charge_control_limit_max", "charge_control_limit_max", kMicro},
    {"charge_counter", "charge_counter", kMicro},
    {"charge_empty", "charge_empty", kMicro},
    {"charge_empty_design", "charge_empty_design", kMicro},
    {"charge_full", "charge_full", kMicro},
    {"charge_full_design", "charge_full_design", kMicro},
    {"charge_now", "charge_ampere", kMicro},
    {"charge_term_current", "charge_term_current", kMicro},
    {"constant_charge_current", "constant_charge_current", kMicro},
    {"constant_charge_current_max", "constant_charge_current_max", kMicro},
    {"constant_charge_voltage", "constant_charge_voltage", kMicro},
    {"constant_charge_voltage_max", "constant_charge_voltage_max", kMicro},
    {"current_boot", "current_boot", kMicro},
    {"current_max", "current_max", kMicro},
    {"current_now", "current_ampere", kMicro},
    {"energy_empty", "energy_empty", kMicro},
    {"energy_empty_design", "energy_empty_design", kMicro},
    {"energy_full", "energy_full", kMicro},
    {"energy_full_design", "energy_full_design", kMicro},
    {"energy_now", "energy_watthour", kMicro},
    {"input_current_limit", "input_current_limit", kMicro},
    {"power_now", "power_watt", kMicro},
    {"precharge_current", "precharge_current", kMicro},
    {"voltage_boot", "voltage_boot", kMicro},
    {"voltage_max", "voltage_max", kMicro},
    {"voltage_max_design", "voltage_max_design", kMicro},
    {"voltage_min", "voltage_min", kMicro},
    {"voltage_min_design", "voltage_min_design", kMicro},
    {"voltage_now", "voltage_volt", kMicro},
    {"voltage_ocv", "voltage_ocv", kMicro},
    {"temp", "temp_celsius", kTenth},
    {"temp_alert_max", "temp_alert_max_celsius", kTenth},
    {"temp_alert_min", "temp_alert_min_celsius", kTenth},
    {"temp_ambient", "temp_ambient_celsius", kTenth},
    {"temp_ambient_max", "temp_ambient_max_celsius", kTenth},
    {"temp_ambient_min", "temp_ambient_min_celsius", kTenth},
    {"temp_max", "temp_max_celsius", kTenth},
    {"temp_min", "temp_min_celsius", kTenth},
};
// Files, and labels of the same name.
constexpr const char* kTexts[] = {"capacity_level", "charge_type",   "health", "manufacturer",
                                  "model_name",     "serial_number", "status", "technology",
                                  "type",           "usb_type",      "scope"};

class PowerSupplyCollector : public Collector {
 public:
  explicit PowerSupplyCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.powersupply.ignored-supplies", &ignored_text_,
              "Leave out power supplies that this expression finds.", "REGEX");
  }
  Status Prepare() override {
    ASSIGN_OR_RETURN(
        ignored_,
        Regex::Compile(ignored_text_).Prefixed("flag --collector.powersupply.ignored-supplies"));
    return {};
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> supplies, sys_.List("class/power_supply"));
    for (const std::string& supply : supplies) {
      if (!ignored_.FindsIn(supply)) CollectSupply(supply, sink);
    }
    return {};
  }

 private:
  void CollectSupply(const std::string& supply, MetricSink& sink) const {
    const std::string folder = "class/power_supply/" + supply + "/";
    for (const SupplyNumber& number : kNumbers) {
      const auto value = FindNumber(sys_, folder + number.file);
      if (!value) continue;
      sink.Gauge(std::string("node_power_supply_") + number.name,
                 std::string("Value ") + number.file + " of a power supply.",
                 *value / number.divisor, {{"power_supply", supply}});
    }
    std::vector<std::string> values;
    values.reserve(std::size(kTexts));  // labels point into it
    std::vector<Label> labels = {{"power_supply", supply}};
    for (const char* text : kTexts) {
      auto value = FindValue(sys_, folder + text);
      if (!value || value->empty()) continue;
      values.push_back(std::move(*value));
      labels.push_back({text, values.back()});
    }
    sink.GaugeFamily("node_power_supply_info",
                     "Constant 1, with what a power supply tells in words.")
        .Sample("", labels.data(), labels.size(), 1);
  }

  const Directory& sys_;
  std::string ignored_text_ = "^$";
  Regex ignored_;
};

}  // namespace

std::unique_ptr<Collector> NewPowersupplyclassCollector(const SystemPaths& paths) {
  return std::make_unique<PowerSupplyCollector>(paths.sys);
}

}  // namespace narthex::exporters
