#include "exporters/node/cpuinfo.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

constexpr std::string_view kTwoCpus =
    "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Core(TM) i7 CPU @ "
    "1.90GHz\ncpu MHz\t\t: 799.998\n"
    "flags\t\t: fpu vme aes\nbugs\t\t: mds swapgs\npower management:\n\n"
    "processor\t: 1\nvendor_id\t: GenuineIntel\ncore id\t\t: 3\n";

TEST(ParseCpuInfo, GivesOneEntryAProcessorInTheFilesOrder) {
  const auto cpus = ParseCpuInfo(kTwoCpus);
  ASSERT_EQ(cpus.size(), 2U);
  EXPECT_EQ(cpus[0].Get("processor"), "0");
  EXPECT_EQ(cpus[0].Get("model name"), "Intel(R) Core(TM) i7 CPU @ 1.90GHz");
  EXPECT_EQ(cpus[0].Get("flags"), "fpu vme aes");
  EXPECT_EQ(cpus[1].Get("processor"), "1");
  EXPECT_EQ(cpus[1].Get("core id"), "3");
}

TEST(ParseCpuInfo, ReadsAbsentAndEmptyKeysAsEmpty) {
  const auto cpus = ParseCpuInfo(kTwoCpus);
  EXPECT_EQ(cpus[0].Get("core id"), "");
  EXPECT_EQ(cpus[0].Get("power management"), "");
}

TEST(ParseCpuInfo, KeepsColonsOfAValue) {
  EXPECT_EQ(ParseCpuInfo("processor : 0\nmodel name : a: b\n")[0].Get("model name"), "a: b");
}

// ARM and s390 describe the machine before or after the processors.
TEST(ParseCpuInfo, PassesOverWhatBelongsToNoProcessor) {
  const auto cpus =
      ParseCpuInfo("Hardware : BCM2835\nno key here\nprocessor : 0\nBogoMIPS : 38.40\n");
  ASSERT_EQ(cpus.size(), 1U);
  EXPECT_EQ(cpus[0].Get("Hardware"), "");
  EXPECT_EQ(cpus[0].Get("BogoMIPS"), "38.40");
  EXPECT_TRUE(ParseCpuInfo("").empty());
}

}  // namespace
}  // namespace narthex::exporters
