// The engine against the naive evaluator. NARTHEX_PROMQL_SEED and NARTHEX_PROMQL_CASES choose where
// to begin and how many cases to run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/promql/naive/both_engines.h"

namespace narthex::naive {
namespace {

uint64_t Setting(const char* name, uint64_t absent) {
  const char* text = std::getenv(name);
  return text == nullptr ? absent : std::strtoull(text, nullptr, 10);
}

TEST(EngineAndNaiveEvaluator, AgreeOnRandomQueriesOverRandomData) {
  const uint64_t seed = Setting("NARTHEX_PROMQL_SEED", 1);
  const uint64_t cases = Setting("NARTHEX_PROMQL_CASES", 4000);
  constexpr int kMostFailures = 5;
  std::map<Verdict, uint64_t> counts;
  int failures = 0;
  for (uint64_t i = seed; i < seed + cases && failures < kMostFailures; ++i) {
    const Case test = RandomCase(i);
    const Comparison comparison = Compare(test);
    ++counts[comparison.verdict];
    if (comparison.verdict != Verdict::kDifferent && comparison.verdict != Verdict::kNotParsed)
      continue;
    ++failures;
    ADD_FAILURE() << "seed " << i << ": " << test.query << "\n" << comparison.finding;
    if (comparison.verdict == Verdict::kNotParsed) continue;
    const Case least = Shrink(test);
    std::cout << "less of it: " << Compare(least).finding << "\n" << ScriptOf(least) << "\n";
  }
  std::cout << cases << " random cases: " << counts[Verdict::kSame] << " with equal values, "
            << counts[Verdict::kSameEmpty] << " empty, " << counts[Verdict::kSameError]
            << " refused by both, " << counts[Verdict::kAmbiguous] << " left to rounding\n";
  // A generator that gives nothing but refusals and empty results proves nothing.
  EXPECT_GE(counts[Verdict::kSame] * 2, cases);
}

// The evaluator is of use only as long as it shares nothing with the engine but the tree.
TEST(NaiveEvaluator, IncludesNothingOfTheEngineButTheTree) {
  const std::filesystem::path folder = NARTHEX_NAIVE_SOURCES;
  const std::regex include(R"re(#include "(server/[^"]+|common/[^"]+))re");
  size_t files = 0;
  for (const char* name :
       {"value", "hist", "over_time", "rate", "evaluator", "aggregate", "binary", "functions"}) {
    for (const char* suffix : {".h", ".cc"}) {
      std::ifstream file(folder / (std::string(name) + suffix));
      ASSERT_TRUE(file) << name << suffix;
      ++files;
      for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        EXPECT_EQ(match[1], "server/promql/ast.h") << name << suffix;
      }
    }
  }
  EXPECT_EQ(files, 16U);
}

}  // namespace
}  // namespace narthex::naive
