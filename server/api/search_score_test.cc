#include "server/api/search_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::server {
namespace {

using testing::DoubleNear;
using testing::Optional;

TEST(SubsequenceScore, RewardsRunsAndPunishesGaps) {
  EXPECT_EQ(SubsequenceScore("up", "up"), 1);
  EXPECT_EQ(SubsequenceScore("", "up"), 1);
  EXPECT_EQ(SubsequenceScore("up", ""), 0);
  EXPECT_EQ(SubsequenceScore("pu", "up"), 0);
  // Three runs of one, three gaps of one in six characters.
  EXPECT_DOUBLE_EQ(SubsequenceScore("abc", "xaxbxc"), (3 - 3.0 / 6) / 9 * 0.999);
  // One run of three, two characters before it and one, at half the price, behind it.
  EXPECT_DOUBLE_EQ(SubsequenceScore("abc", "xxabcx"), (9 - 2.0 / 6 - 0.5 / 6) / 9 * 0.999);
}

TEST(SubsequenceScore, TakesTheBestBeginning) {
  EXPECT_GT(SubsequenceScore("ab", "a__ab"), SubsequenceScore("ab", "a__xb"));
}

TEST(SubsequenceScore, CountsCharactersAndNotBytes) {
  EXPECT_DOUBLE_EQ(SubsequenceScore("b",
                                    "\xc3\xa4"
                                    "b"),
                   (1 - 1.0 / 2) * 0.999);
  EXPECT_EQ(SubsequenceScore("\xc3\xa4", "ab"), 0);
}

TEST(JaroWinklerScore, GivesTheKnownValues) {
  EXPECT_EQ(JaroWinklerScore("up", "up"), 1);
  EXPECT_EQ(JaroWinklerScore("up", ""), 0);
  EXPECT_EQ(JaroWinklerScore("abc", "xyz"), 0);
  EXPECT_THAT(JaroWinklerScore("MARTHA", "MARHTA"), DoubleNear(0.9611, 0.0001));
  EXPECT_THAT(JaroWinklerScore("DIXON", "DICKSONX"), DoubleNear(0.8133, 0.0001));
}

TEST(SubstringScore, FallsWithThePlace) {
  EXPECT_THAT(SubstringScore("http", "http_requests"), Optional(1));
  EXPECT_THAT(SubstringScore("c", "abc"), Optional(DoubleNear(0.1, 1e-9)));
  EXPECT_THAT(SubstringScore("b", "abc"), Optional(DoubleNear(0.55, 1e-9)));
  EXPECT_EQ(SubstringScore("d", "abc"), std::nullopt);
}

TEST(SearchFilter, TakesAnyTermAndTheBestScore) {
  const SearchFilter filter({"", "zzz", "go"}, 0, SearchAlgorithm::kSubsequence, true);
  EXPECT_THAT(filter.Score("go_goroutines"), Optional(1));
  EXPECT_EQ(filter.Score("up"), std::nullopt);
  EXPECT_EQ(filter.Score("GO_X"), std::nullopt);
  const SearchFilter any({"", ""}, 1, SearchAlgorithm::kSubsequence, true);
  EXPECT_THAT(any.Score("up"), Optional(1));
}

TEST(SearchFilter, MayLeaveCaseAside) {
  const SearchFilter filter({"GO"}, 0, SearchAlgorithm::kJaroWinkler, false);
  EXPECT_THAT(filter.Score("Go_X"), Optional(1));
}

TEST(SearchFilter, HeedsTheThreshold) {
  const std::string_view term = "cpu_time";
  const SearchFilter strict({term}, 0.95, SearchAlgorithm::kJaroWinkler, true);
  EXPECT_EQ(strict.Score("cpu_tmie_x"), std::nullopt);
  const SearchFilter loose({term}, 0.5, SearchAlgorithm::kJaroWinkler, true);
  EXPECT_THAT(loose.Score("cpu_tmie_x"), Optional(JaroWinklerScore(term, "cpu_tmie_x")));
  const SearchFilter none({term}, 0, SearchAlgorithm::kJaroWinkler, true);
  EXPECT_EQ(none.Score("cpu_tmie_x"), std::nullopt) << "without a threshold only what is within";
}

}  // namespace
}  // namespace narthex::server
