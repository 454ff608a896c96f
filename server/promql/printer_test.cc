#include "server/promql/printer.h"

#include <gtest/gtest.h>

#include "server/promql/parser.h"

namespace narthex::promql {
namespace {

std::string Printed(std::string_view query) {
  const auto expr = Parse(query, ParserOptions::All());
  return expr.ok() ? Print(**expr) : std::string(expr.message());
}

TEST(Printer, SpellsCanonically) {
  EXPECT_EQ(Printed("SUM(up)by(a,\"b c\")"), "sum by (a, \"b c\") (up)");
  EXPECT_EQ(Printed("{b=\"2\",__name__=\"x\",a=~'1'}"), "{__name__=\"x\",a=~\"1\",b=\"2\"}");
  EXPECT_EQ(Printed("up{}"), "up");
  EXPECT_EQ(Printed("123456789012345678901234567890 + 1e15 + 9007199254740993"),
            "123456789012345680000000000000 + 1000000000000000 + 9007199254740992");
  EXPECT_EQ(Printed("1e3 + 0x10 - 90s"), "1000 + 16 - 1m30s");
  EXPECT_EQ(Printed("rate(x[300]offset-60s@5)"), "rate(x[5m] @ 5.000 offset -1m)");
  EXPECT_EQ(Printed("a/on(x)group_left b"), "a / on (x) group_left () b");
  EXPECT_EQ(Printed("max_over_time(a[1h:])"), "max_over_time(a[1h:])");
}

TEST(Printer, GivesWhatParsesToTheSame) {
  for (const char* query :
       {"a and on () b unless ignoring (c) d or e", "-(a) ^ 2 * -b", "topk without (x) (3, -up)",
        "a > bool on (x) group_right (y, z) b", "count_values(\"a\\\"b\\n\", x)",
        "x[step() * 2:max_of(1m, range()) - 5s] @ end() offset -(step() + 1)",
        "rate(x[5m] smoothed offset 1m) + rate(y[1m] anchored)",
        "a + fill_left (1) fill_right (-2) b",
        "histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))", "Inf - NaN + -Inf",
        "{\"a.b\", \"c d\"!~\"e|f\"}", "(\"text\")", "a </ 3 >/ 1", "up @ start() offset 1y2w3d"}) {
    const std::string printed = Printed(query);
    EXPECT_EQ(Printed(printed), printed) << query;
  }
}

}  // namespace
}  // namespace narthex::promql
