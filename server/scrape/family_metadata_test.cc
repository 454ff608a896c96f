#include "server/scrape/family_metadata.h"

#include <gtest/gtest.h>

namespace narthex::server {
namespace {

using Field = MetadataFollower::Field;

MetadataListPtr Scrape(MetadataFollower& follower, const char* help, bool second = true) {
  follower.Note("a", Field::kHelp, help, true);
  follower.Note("a", Field::kType, "counter", true);
  if (second) follower.Note("b", Field::kType, "untyped", true);
  return follower.Finish();
}

TEST(MetadataFollower, GivesAListWhenItHasChanged) {
  MetadataFollower follower;
  const auto first = Scrape(follower, R"(x \\ y\nz)");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->at(0).metadata.help, "x \\ y\nz");
  EXPECT_EQ(first->at(0).metadata.type, openmetrics::Type::kCounter);
  EXPECT_EQ(first->at(1).metadata.type, openmetrics::Type::kUnknown);
  EXPECT_FALSE(Scrape(follower, R"(x \\ y\nz)"));
  const auto changed = Scrape(follower, "x");
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->at(0).metadata.help, "x");
  EXPECT_EQ(changed->size(), 2U);
  const auto shorter = Scrape(follower, "x", false);
  ASSERT_TRUE(shorter);
  EXPECT_EQ(shorter->size(), 1U);
  EXPECT_FALSE(Scrape(follower, "x", false));
}

TEST(MetadataFollower, SharesWhatIsTheSame) {
  MetadataFollower one, other;
  EXPECT_EQ(Scrape(one, "x"), Scrape(other, "x"));
}

}  // namespace
}  // namespace narthex::server
