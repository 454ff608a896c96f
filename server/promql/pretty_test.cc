#include "server/promql/pretty.h"

#include <gtest/gtest.h>

#include "server/promql/parser.h"
#include "server/promql/printer.h"

namespace narthex::promql {
namespace {

constexpr std::string_view kLong =
    R"(rate(a_rather_long_metric_name_total{instance=~"host-[0-9]+:9100",job="some-job"}[5m]))";

std::string Pretty(const std::string& query) {
  const auto expr = Parse(query, ParserOptions::All());
  return expr.ok() ? PrettyPrint(**expr) : std::string(expr.message());
}

TEST(PrettyPrint, LeavesShortOnesOnALine) {
  EXPECT_EQ(Pretty("sum( up )by(a)"), "sum by (a) (up)");
}

TEST(PrettyPrint, CutsLongOnesWhereTheirPartsMeet) {
  const std::string inner(kLong);
  EXPECT_EQ(Pretty("topk(5," + inner + "/on(job)" + inner + ")"),
            "topk(\n  5,\n    " + inner + "\n  / on (job)\n    " + inner + "\n)");
  EXPECT_EQ(Pretty("-(" + inner + "+ 100000000000000 - 1)"),
            "-(\n      " + inner + "\n    +\n      100000000000000\n  -\n    1\n)");
}

TEST(PrettyPrint, GivesWhatParsesToTheSame) {
  const std::string inner(kLong);
  for (const std::string& query : {"max_over_time((" + inner + " + up)[1h:5m] @ 5 offset 3m)",
                                   "sum without (a) (-" + inner + ")",
                                   "clamp(" + inner + ", 1, step()) + fill_left (1) " + inner}) {
    const auto expr = Parse(query, ParserOptions::All());
    ASSERT_TRUE(expr.ok()) << query;
    const auto again = Parse(PrettyPrint(**expr), ParserOptions::All());
    ASSERT_TRUE(again.ok()) << query;
    EXPECT_EQ(Print(**again), Print(**expr));
  }
}

}  // namespace
}  // namespace narthex::promql
