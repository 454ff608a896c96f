#include "exporters/node/os_release.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(ParseOsRelease, ReadsValuesAsAShellDoes) {
  const auto os = ParseOsRelease(
      "# a comment\n\nID=debian\nNAME=\"Debian \\\"GNU\\\"/Linux\"\n"
      "VERSION='12 \\ (x)'\nEMPTY=\nLAST=no end");
  ASSERT_TRUE(os.ok());
  EXPECT_EQ(os->at("ID"), "debian");
  EXPECT_EQ(os->at("NAME"), "Debian \"GNU\"/Linux");
  EXPECT_EQ(os->at("VERSION"), "12 \\ (x)");
  EXPECT_EQ(os->at("EMPTY"), "");
  EXPECT_EQ(os->at("LAST"), "no end");
}

TEST(ParseOsRelease, RefusesWhatIsNoAssignment) {
  for (const char* bad : {"ID", "=x", "ID=\"open", "ID='a'b'", "ID=\"a\\", "A B=c"})
    EXPECT_FALSE(ParseOsRelease(bad).ok()) << bad;
}

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
