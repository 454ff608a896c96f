#include "exporters/node/meminfo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::exporters {

static bool operator==(const MeminfoField& a, const MeminfoField& b) {
  return a.key == b.key && a.value == b.value && a.is_bytes == b.is_bytes;
}

namespace {

using testing::ElementsAre;

TEST(ParseMeminfo, GivesKilobytesAsBytesAndCountsAsTheyAre) {
  const auto fields = ParseMeminfo("MemTotal:        3742148 kB\nHugePages_Total:       7\n");
  ASSERT_TRUE(fields.ok());
  EXPECT_THAT(*fields, ElementsAre(MeminfoField{"MemTotal", 3742148.0 * 1024, true},
                                   MeminfoField{"HugePages_Total", 7, false}));
}

TEST(SpellMeminfoKey, MakesThePartOfAMetricsName) {
  std::string part = "what was there";
  SpellMeminfoKey("Active(anon)", part);
  EXPECT_EQ(part, "Active_anon");
  SpellMeminfoKey("Some-New key", part);
  EXPECT_EQ(part, "Some_New_key");
}

TEST(ParseMeminfo, TakesNothingForNoField) {
  EXPECT_TRUE(ParseMeminfo("")->empty());
  EXPECT_TRUE(ParseMeminfo("\n\n")->empty());
}

TEST(ParseMeminfo, RefusesOtherUnitsAndWords) {
  for (const char* bad : {"MemTotal 1 kB", "MemTotal:", "MemTotal: x kB", "MemTotal: 1 MB"}) {
    EXPECT_EQ(ParseMeminfo(bad).code(), Code::kCorruption) << bad;
  }
  EXPECT_EQ(ParseMeminfo("MemFree: 1 MB\n").message(),
            "meminfo: want a number in kB, got \"MemFree: 1 MB\"");
}

}  // namespace
}  // namespace narthex::exporters
