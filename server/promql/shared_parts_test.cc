#include "server/promql/shared_parts.h"

#include <gtest/gtest.h>

#include "server/promql/engine.h"
#include "server/promql/parser.h"
#include "server/promql/test_storage.h"

namespace narthex::promql {
namespace {

LabelSet Series(const std::string& name, const std::string& a) {
  return LabelSet::Of({{"__name__", name}, {"a", a}});
}

class SharedPartsTest : public testing::Test {
 protected:
  SharedPartsTest() {
    for (int i = 0; i < 40; ++i) {
      for (int64_t t = 0; t <= 600'000; t += 15'000) {
        storage_.Add(Series("x_total", std::to_string(i)), t, static_cast<double>(t * i));
        storage_.Add(Series("g", std::to_string(i)), t, static_cast<double>(t % 7 + i + 1));
      }
    }
  }

  QueryResult Ask(const std::string& query, bool explain = false) {
    const SystemClock clock;
    const Engine engine(storage_, clock, {}, 2);
    QueryOptions options;
    options.text = query;
    options.explain = explain;
    auto result = engine.Range(**Parse(query), {300'000, 20'000, 15}, options);
    EXPECT_TRUE(result.ok()) << query << ": " << result.message();
    return *std::move(result);
  }

  // By labels, with all values.
  std::map<LabelSet, std::vector<double>> Values(const std::string& query) {
    std::map<LabelSet, std::vector<double>> values;
    for (const ResultSeries& series : Ask(query).series) values[series.labels] = series.values;
    return values;
  }

  TestStorage storage_;
};

size_t CountLeaves(const ExplainNode& node) {
  size_t leaves = node.children.empty() ? 1 : 0;
  for (const auto& child : node.children) leaves += CountLeaves(*child);
  return leaves;
}

uint64_t Selected(const ExplainNode& node) {
  uint64_t samples = node.kind == "selector" ? node.samples : 0;
  for (const auto& child : node.children) samples += Selected(*child);
  return samples;
}

// The second of the two is written so that nothing can be shared.
TEST_F(SharedPartsTest, GiveWhatTheyGiveTwice) {
  const std::pair<const char*, const char*> pairs[] = {
      {"g / sum without () (g)", "g / sum without () (g offset 0s)"},
      {"g / on () group_left () sum(g)", "g / on () group_left () sum(g{a=~\".+\"})"},
      {"sum by (a) (g) - g", "sum by (a) (g{a=~\".+\"}) - g"},
      {"(g > 7) and (g > 7)", "(g > 7) and (g{a=~\".+\"} > 7)"},
      {"g + (g + (g + g))", "g + 3 * g{a=~\".+\"}"},
      {"rate(x_total[1m]) / on () group_left () max(rate(x_total[1m]))",
       "rate(x_total[1m]) / on () group_left () max(rate(x_total{a=~\".+\"}[1m]))"},
      {"topk(3, g) or g", "topk(3, g) or g{a=~\".+\"}"},
  };
  for (const auto& [shared, apart] : pairs) {
    const auto values = Values(shared);
    EXPECT_FALSE(values.empty()) << shared;
    EXPECT_EQ(values, Values(apart)) << shared;
  }
}

TEST_F(SharedPartsTest, AreReadOnce) {
  EXPECT_EQ(Selected(*Ask("sum(g) + sum(g)", true).explained), 40U * 15);
  EXPECT_EQ(Selected(*Ask("sum(g) + count(g)", true).explained), 2 * 40U * 15);
  EXPECT_EQ(CountLeaves(*Ask("sum(g) + sum(g{a!=\"\"})", true).explained), 2U);
}

TEST_F(SharedPartsTest, AreAnnotatedAtTheLastPlace) {
  const QueryResult result = Ask("rate(g[1m]) + rate(g[1m])");
  ASSERT_EQ(result.infos.size(), 1U);
  EXPECT_NE(result.infos[0].find("(1:20)"), std::string::npos) << result.infos[0];
}

}  // namespace
}  // namespace narthex::promql
