#include "exporters/node/loadavg.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(ParseLoadAvg, ReadsTheThreeAverages) {
  const auto load = ParseLoadAvg("0.21 0.37 12.39 1/719 19737\n");
  ASSERT_TRUE(load.ok());
  EXPECT_EQ(load->one, 0.21);
  EXPECT_EQ(load->five, 0.37);
  EXPECT_EQ(load->fifteen, 12.39);
}

TEST(ParseLoadAvg, RefusesTextWithoutThreeNumbersAndQuotesIt) {
  for (const char* bad : {"", "\n", "0.21 0.37", "a b c", "0.21 0,37 0.39"}) {
    EXPECT_EQ(ParseLoadAvg(bad).code(), Code::kCorruption) << bad;
  }
  EXPECT_EQ(ParseLoadAvg("1 2").message(), "loadavg: want three numbers, got \"1 2\"");
}

}  // namespace
}  // namespace narthex::exporters
