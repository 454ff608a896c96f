#include "common/regex/regex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/regex/search_regex.h"

namespace narthex {
namespace {

Regex Compiled(std::string_view pattern) { return *Regex::Compile(pattern); }

TEST(Regex, IsAnchoredAndItsDotTakesLineFeeds) {
  EXPECT_TRUE(Compiled("a.c").Matches("a\nc"));
  EXPECT_FALSE(Compiled("a").Matches("ab"));
  EXPECT_FALSE(Compiled("a|b").Matches("ab"));
  EXPECT_TRUE(Compiled("").Matches(""));
  EXPECT_FALSE(Compiled("").Matches("x"));
  EXPECT_TRUE(Compiled("b").FindsIn("abc"));
  EXPECT_FALSE(Compiled("^b").FindsIn("abc"));
}

TEST(Regex, KnowsAlternationsOfLiterals) {
  EXPECT_THAT(Compiled("a|b||c").literals(), testing::ElementsAre("a", "b", "", "c"));
  EXPECT_TRUE(Compiled("a.|b").literals().empty());
  EXPECT_TRUE(Compiled("a|b").Matches("b"));
  EXPECT_FALSE(Compiled("a|b").Matches("c"));
}

TEST(Regex, TakesGoNamesAndRefusesWhatGoRefuses) {
  EXPECT_TRUE(Compiled("(?<word>[a-z]+)").Matches("abc"));
  EXPECT_TRUE(Compiled("[(?<]").Matches("<"));
  EXPECT_FALSE(Regex::Compile("a\\C").ok());
  EXPECT_EQ(Regex::Compile("a(").code(), Code::kInvalidArgument);
  EXPECT_FALSE(Regex::Compile("(?=a)").ok());
}

TEST(Regex, FillsGroupsIntoATemplate) {
  const Regex regex = Compiled("(?P<host>[^:]+):(\\d+)");
  EXPECT_EQ(regex.Expand("db:5432", "$1"), "db");
  EXPECT_EQ(regex.Expand("db:5432", "${host}-$2"), "db-5432");
  EXPECT_EQ(regex.Expand("db:5432", "$host_x|${1}_x|$9|$$1|$|${|${2|$01"), "|db_x||$1|$|${|${2|");
  EXPECT_EQ(regex.Expand("db", "$1"), std::nullopt);
  EXPECT_EQ(Compiled("(a)|b").Expand("b", "[$1]"), "[]");
  EXPECT_EQ(Regex().Expand("", "x$0"), "x");
}

TEST(SearchRegex, SearchesAsGoDoesByDefault) {
  const SearchRegex regex = *SearchRegex::Compile("b(.)");
  EXPECT_FALSE(regex.FindsIn("ab\n"));
  EXPECT_EQ(regex.Expand("ab1 b2", {"<$1>", "$0"}), (std::vector<std::string>{"<1>", "b1"}));
  EXPECT_TRUE(regex.Expand("a", {"$0"}).empty());
  EXPECT_FALSE(SearchRegex::Compile("[").ok());
}

}  // namespace
}  // namespace narthex
