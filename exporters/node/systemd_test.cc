#include "exporters/node/systemd.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(ParseSystemdVersion, FindsANumberOfThreeDigits) {
  EXPECT_EQ(ParseSystemdVersion("252.39-1~deb12u1"), 252.39);
  EXPECT_EQ(ParseSystemdVersion("systemd 219"), 219);
  EXPECT_EQ(ParseSystemdVersion("v2 1254."), 1254);
  EXPECT_EQ(ParseSystemdVersion("25"), std::nullopt);
  EXPECT_EQ(ParseSystemdVersion(""), std::nullopt);
}

}  // namespace
}  // namespace narthex::exporters
