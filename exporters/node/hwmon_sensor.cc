#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "exporters/node/hwmon.h"

namespace narthex::exporters {
namespace {

constexpr double kMilli = 0.001;
constexpr double kMicroPerUnit = 1e6;
constexpr size_t kMaxDigits = 9;

constexpr std::string_view kTypes[] = {
    "beep_enable", "cpu", "curr", "energy",          "fan", "freq", "in", "humidity", "intrusion",
    "power",       "pwm", "temp", "update_interval", "vrm"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A whole sensor whose type stands for a single value.
std::optional<SensorMetric> SingleMetric(std::string_view type, const SensorValues& values) {
  const auto value = values.find("");
  if (type == "beep_enable") {
    const bool on = value != values.end() && value->second == "1";
    return SensorMetric{"node_hwmon_beep_enabled", false, on ? 1.0 : 0.0, ""};
  }
  const auto number = value == values.end() ? std::nullopt : ParseDouble(value->second);
  if (!number) return std::nullopt;
  if (type == "vrm")
    return SensorMetric{"node_hwmon_voltage_regulator_version", false, *number, ""};
  return SensorMetric{"node_hwmon_update_interval_seconds", false, *number * kMilli, ""};
}

std::string BaseName(std::string_view type, std::string_view property, const SensorValues& values) {
  std::string name = "node_hwmon_" + std::string(type);
  if (property == "input") {
    if (values.contains("")) name += "_input";
  } else if (!property.empty()) {
    name += "_" + CleanHwmonName(property);
  }
  return name;
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> choices) {
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

// The suffix and unit of a number by type and property.
SensorMetric InBaseUnit(std::string_view type, std::string_view property, std::string name,
                        double value) {
  if (IsOneOf(property, {"fault", "alarm"})) return {std::move(name), false, value, ""};
  if (property == "beep") return {name + "_enabled", false, value, ""};
  if (IsOneOf(type, {"in", "cpu"})) return {name + "_volts", false, value * kMilli, ""};
  if (type == "temp" && property != "type") return {name + "_celsius", false, value * kMilli, ""};
  if (type == "curr") return {name + "_amps", false, value * kMilli, ""};
  if (type == "energy") return {name + "_joule_total", true, value / kMicroPerUnit, ""};
  if (type == "power") {
    if (property == "accuracy") return {std::move(name), false, value / kMicroPerUnit, ""};
    if (property.substr(0, 16) == "average_interval")
      return {name + "_seconds", false, value * kMilli, ""};
    return {name + "_watt", false, value / kMicroPerUnit, ""};
  }
  if (type == "humidity") return {std::move(name), false, value / kMicroPerUnit, ""};
  if (type == "fan" && IsOneOf(property, {"input", "min", "max", "target"}))
    return {name + "_rpm", false, value, ""};
  return {std::move(name), false, value, ""};
}

}  // namespace

std::optional<SensorFile> ParseSensorFile(std::string_view name) {
  const size_t type_end =
      static_cast<size_t>(std::find_if(name.begin(), name.end(), IsDigit) - name.begin());
  const size_t digits_end = static_cast<size_t>(
      std::find_if_not(name.begin() + static_cast<ptrdiff_t>(type_end), name.end(), IsDigit) -
      name.begin());
  SensorFile file{name.substr(0, type_end), 0, ""};
  if (std::find(std::begin(kTypes), std::end(kTypes), file.type) == std::end(kTypes))
    return std::nullopt;
  if (digits_end - type_end > kMaxDigits) return std::nullopt;
  if (const auto number = ParseUnsigned(name.substr(type_end, digits_end - type_end)))
    file.number = static_cast<int>(*number);
  if (digits_end == name.size()) return file;
  if (name[digits_end] != '_' || digits_end + 1 == name.size()) return std::nullopt;
  file.property = name.substr(digits_end + 1);
  return file;
}

std::optional<SensorMetric> SensorMetricOf(std::string_view type, std::string_view property,
                                           const SensorValues& values) {
  if (IsOneOf(type, {"beep_enable", "vrm", "update_interval"})) {
    if (property == values.begin()->first) return SingleMetric(type, values);
    return std::nullopt;
  }
  if (property == "label") return std::nullopt;
  const auto value = ParseDouble(values.find(property)->second);
  if (!value) return std::nullopt;
  std::string name = BaseName(type, property, values);
  if (type == "freq" && property == "input") {
    const auto label = values.find("label");
    if (label == values.end()) return std::nullopt;
    return SensorMetric{name + "_freq_mhz", false, *value / kMicroPerUnit,
                        CleanHwmonName(label->second)};
  }
  return InBaseUnit(type, property, std::move(name), *value);
}

std::string CleanHwmonName(std::string_view name) {
  std::string clean(name);
  for (char& c : clean) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    const bool fits = (c >= 'a' && c <= 'z') || IsDigit(c) || c == ':' || c == '_';
    if (!fits) c = '_';
  }
  const size_t begin = clean.find_first_not_of('_');
  if (begin == std::string::npos) return "";
  return clean.substr(begin, clean.find_last_not_of('_') - begin + 1);
}

}  // namespace narthex::exporters
