#include "server/storage/matcher.h"

#include <gtest/gtest.h>

#include <cmath>

#include "server/storage/storage.h"

namespace narthex::storage {
namespace {

using Op = Matcher::Op;

TEST(Matcher, TreatsAbsentLabelsAsEmpty) {
  EXPECT_TRUE(Matcher::Make(Op::kEqual, "a", "")->MatchesEmpty());
  EXPECT_TRUE(Matcher::Make(Op::kNotEqual, "a", "x")->MatchesEmpty());
  EXPECT_TRUE(Matcher::Make(Op::kRegex, "a", "x|")->MatchesEmpty());
  EXPECT_FALSE(Matcher::Make(Op::kRegex, "a", "x+")->MatchesEmpty());
  EXPECT_FALSE(Matcher::Make(Op::kNotRegex, "a", ".*")->MatchesEmpty());
}

TEST(Matcher, PrintsAsQueriesSpellIt) {
  EXPECT_EQ(Matcher::Make(Op::kNotRegex, "a", "x\"|y")->ToString(), "a!~\"x\\\"|y\"");
  EXPECT_EQ(Matcher::Make(Op::kRegex, "a", "(").code(), Code::kInvalidArgument);
}

TEST(StaleNaN, IsTellableFromOtherNaNs) {
  EXPECT_TRUE(IsStaleNaN(StaleNaN()));
  EXPECT_FALSE(IsStaleNaN(std::nan("")));
  EXPECT_FALSE(IsStaleNaN(0));
}

}  // namespace
}  // namespace narthex::storage
