#include "server/scrape/family_metadata.h"

#include <gtest/gtest.h>

namespace narthex::server {
namespace {

using Field = MetadataFollower::Field;
using Escapes = MetadataFollower::Escapes;

MetadataListPtr Scrape(MetadataFollower& follower, const char* help, bool second = true) {
  follower.Note("a", Field::kHelp, help, Escapes::kText);
  follower.Note("a", Field::kType, "counter", Escapes::kText);
  if (second) follower.Note("b", Field::kType, "untyped", Escapes::kText);
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

TEST(MetadataFollower, ReadsEscapesAsTheFormatHasThem) {
  const std::pair<Escapes, const char*> cases[] = {{Escapes::kNone, R"(a\nb\"\\)"},
                                                   {Escapes::kText, "a\nb\\\"\\"},
                                                   {Escapes::kOpenMetrics, "a\nb\"\\"}};
  for (const auto& [escapes, help] : cases) {
    MetadataFollower follower;
    follower.Note("a", Field::kHelp, R"(a\nb\"\\)", escapes);
    EXPECT_EQ(follower.Finish()->at(0).metadata.help, help);
    follower.Note("a", Field::kHelp, R"(a\nb\"\\)", escapes);
    EXPECT_FALSE(follower.Finish());
  }
}

TEST(MetadataFollower, SharesWhatIsTheSame) {
  MetadataFollower one, other;
  EXPECT_EQ(Scrape(one, "x"), Scrape(other, "x"));
}

}  // namespace
}  // namespace narthex::server
