#include "exporters/kit/os_release.h"

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

}  // namespace
}  // namespace narthex::exporters
