#ifndef NARTHEX_EXPORTERS_NODE_HWMON_H_
#define NARTHEX_EXPORTERS_NODE_HWMON_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace narthex::exporters {

// A file of a hardware monitor, by its name: "temp1_input" is of type "temp", number 1 and property
// "input". See the kernel's Documentation/hwmon/sysfs-interface.rst.
struct SensorFile {
  std::string_view type;
  int number = 0;             // 0 where the name tells none
  std::string_view property;  // empty where the name tells none
};

// Nothing for a name of another form or of a type that is no sensor's.
std::optional<SensorFile> ParseSensorFile(std::string_view name);

// What a sensor's files hold, by property.
using SensorValues = std::map<std::string, std::string, std::less<>>;

// What is shown of one property of a sensor.
struct SensorMetric {
  std::string name;
  bool counter = false;
  double value = 0;
  std::string sensor;  // set where it is not the sensor's own name
};

// Nothing for a property that is no number, or of no interest.
std::optional<SensorMetric> SensorMetricOf(std::string_view type, std::string_view property,
                                           const SensorValues& values);

// "Core 0" as metrics and labels spell it: "core_0".
std::string CleanHwmonName(std::string_view name);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_HWMON_H_
