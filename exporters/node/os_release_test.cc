#include "exporters/node/os_release.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(MajorMinor, TakesTheLeadingNumber) {
  EXPECT_EQ(MajorMinor("20.04"), 20.04);
  EXPECT_EQ(MajorMinor("8.2.2004"), 8.2);
  EXPECT_EQ(MajorMinor("12"), 12);
  EXPECT_EQ(MajorMinor("7."), 7);
  EXPECT_EQ(MajorMinor("rolling"), std::nullopt);
  EXPECT_EQ(MajorMinor(""), std::nullopt);
}

TEST(ParseDay, GivesItsFirstSecond) {
  EXPECT_EQ(*ParseDay("1970-01-02"), 86'400);
  EXPECT_EQ(*ParseDay("2024-02-29"), 1709164800);
  for (const char* bad : {"", "2023-02-29", "2023-13-01", "2023-1-1", "2023/01/01", "x023-01-01"})
    EXPECT_FALSE(ParseDay(bad).ok()) << bad;
}

}  // namespace
}  // namespace narthex::exporters
