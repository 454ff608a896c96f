#include "exporters/node/hwmon.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(ParseSensorFile, TakesANameApart) {
  const auto temperature = ParseSensorFile("temp12_crit_alarm");
  ASSERT_TRUE(temperature.has_value());
  EXPECT_EQ(temperature->type, "temp");
  EXPECT_EQ(temperature->number, 12);
  EXPECT_EQ(temperature->property, "crit_alarm");
  EXPECT_EQ(ParseSensorFile("pwm1")->property, "");
  EXPECT_EQ(ParseSensorFile("update_interval")->type, "update_interval");
  EXPECT_EQ(ParseSensorFile("pwm1_auto_point2_pwm")->property, "auto_point2_pwm");
  for (const char* other : {"", "name", "temp1x", "temp1_", "device", "1temp", "temp99999999999"})
    EXPECT_FALSE(ParseSensorFile(other).has_value()) << other;
}

SensorMetric Metric(std::string_view type, const char* property, const char* text) {
  const SensorValues values = {{property, text}};
  const auto metric = SensorMetricOf(type, property, values);
  return metric ? *metric : SensorMetric{};
}

TEST(SensorMetricOf, GivesBaseUnits) {
  EXPECT_EQ(Metric("temp", "input", "55000").name, "node_hwmon_temp_celsius");
  EXPECT_EQ(Metric("temp", "input", "55000").value, 55);
  EXPECT_EQ(Metric("in", "max", "1744").name, "node_hwmon_in_max_volts");
  EXPECT_EQ(Metric("fan", "input", "1098").name, "node_hwmon_fan_rpm");
  EXPECT_EQ(Metric("fan", "alarm", "0").name, "node_hwmon_fan_alarm");
  EXPECT_EQ(Metric("power", "average_interval_max", "500").name,
            "node_hwmon_power_average_interval_max_seconds");
  EXPECT_EQ(Metric("power", "input", "2000000").value, 2);
  EXPECT_TRUE(Metric("energy", "input", "1").counter);
  EXPECT_EQ(Metric("vrm", "", "90").name, "node_hwmon_voltage_regulator_version");
  EXPECT_EQ(Metric("beep_enable", "", "1").value, 1);
  EXPECT_EQ(Metric("temp", "input", "N/A").name, "");
}

TEST(SensorMetricOf, CallsAFrequencyByItsLabel) {
  const SensorValues values = {{"input", "214000000"}, {"label", "sclk"}};
  const auto metric = SensorMetricOf("freq", "input", values);
  ASSERT_TRUE(metric.has_value());
  EXPECT_EQ(metric->name, "node_hwmon_freq_freq_mhz");
  EXPECT_EQ(metric->sensor, "sclk");
  EXPECT_EQ(metric->value, 214);
}

TEST(CleanHwmonName, LeavesWhatAMetricCanHave) {
  EXPECT_EQ(CleanHwmonName("Core 0"), "core_0");
  EXPECT_EQ(CleanHwmonName("--a--b--"), "a__b");
  EXPECT_EQ(CleanHwmonName("  "), "");
}

}  // namespace
}  // namespace narthex::exporters
