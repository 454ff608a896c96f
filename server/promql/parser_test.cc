#include "server/promql/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/promql/functions.h"

namespace narthex::promql {
namespace {

using testing::HasSubstr;

std::string ErrorOf(std::string_view query) { return std::string(Parse(query).message()); }

TEST(Parser, TakesWhatTheLanguageAllows) {
  for (const char* query : {"1",
                            ".5e-3",
                            "0x1F",
                            "Inf",
                            "nan",
                            "5m",
                            "\"text\"",
                            "'a\\'b'",
                            "`raw\\`",
                            "up",
                            "up{}",
                            "{job=\"a\"}",
                            "up{job=~\"a|b\",instance!=\"x\",}",
                            "{\"my.metric\", \"a b\"=\"c\"}",
                            "a:b:c",
                            "up offset 5m",
                            "up offset -1h30m",
                            "rate(up[5m])",
                            "rate(up[5m] offset 1m)",
                            "up[300]",
                            "SUM(up)",
                            "sum by (a, b) (up)",
                            "sum(up) without ()",
                            "topk(3, up)",
                            "a + on (x) b",
                            "a / ignoring (x) group_left (y) b",
                            "a > bool 1",
                            "-up",
                            "+1",
                            "(up)",
                            "# remark\nup",
                            "time() - 1",
                            "a and b or c unless d",
                            "up[5m:1m]",
                            "up[5m:] offset 1m @ end()",
                            "up @ 5.5 offset -(step() * 2)",
                            "rate(up[5m * 2])",
                            "up[max_of(5m, range()) + 1]",
                            "quantile(0.5, up)",
                            "count_values by (a) (\"v\", up)",
                            "a </ 3 >/ 1",
                            "a atan2 b",
                            "1_000",
                            "and",
                            "start",
                            "step",
                            "sum",
                            "by",
                            "offset",
                            "a{on=\"1\"}",
                            "up{a=\"\\u00e9\\x41\\101\"}"}) {
    EXPECT_TRUE(Parse(query).ok()) << query << ": " << ErrorOf(query);
  }
}

TEST(Parser, NamesLineColumnAndWhatIsWrong) {
  EXPECT_EQ(ErrorOf("sum(\n  ratee(up[5m]))"),
            "2:3: parse error: unknown function with name \"ratee\"");
  EXPECT_EQ(ErrorOf(""), "1:1: parse error: no expression found in input");
  EXPECT_EQ(ErrorOf("up{"), "1:4: parse error: unexpected end of input inside braces");
  EXPECT_EQ(ErrorOf("up{job=a}"),
            "1:8: parse error: unexpected identifier \"a\" in label matching, expected string");
  EXPECT_EQ(ErrorOf("up{job=\"a}"), "1:8: parse error: unterminated quoted string");
  EXPECT_EQ(ErrorOf("rate(up)"),
            "1:6: parse error: expected type range vector in call to function \"rate\", got "
            "instant vector");
  EXPECT_EQ(
      ErrorOf("sum(up[5m])"),
      "1:5: parse error: expected type instant vector in aggregation expression, got range vector");
  EXPECT_EQ(ErrorOf("1 > 2"),
            "1:3: parse error: comparisons between scalars must use BOOL modifier");
  EXPECT_EQ(ErrorOf("up + "), "1:6: parse error: unexpected end of input");
  EXPECT_EQ(ErrorOf("{}"),
            "1:1: parse error: vector selector must contain at least one non-empty matcher");
  EXPECT_EQ(ErrorOf("{job=~\".*\"}"),
            "1:1: parse error: vector selector must contain at least one non-empty matcher");
  EXPECT_THAT(ErrorOf("up{job=~\"(\"}"), HasSubstr("1:4: parse error: regular expression"));
  EXPECT_EQ(ErrorOf("1 + on(a) 2"),
            "1:1: parse error: vector matching only allowed between instant vectors");
  EXPECT_EQ(ErrorOf("up up"), "1:4: parse error: unexpected identifier \"up\"");
  EXPECT_EQ(ErrorOf("(up)[5m]"), "1:5: parse error: ranges only allowed for vector selectors");
  EXPECT_EQ(ErrorOf("5x"), "1:1: parse error: bad number or duration syntax: \"5x\"");
}

TEST(Parser, RefusesByNameWhatIsNotSwitchedOn) {
  EXPECT_EQ(ErrorOf("mad_over_time(up[5m])"),
            "1:1: parse error: function \"mad_over_time\" is not enabled");
  EXPECT_EQ(ErrorOf("limitk(1, up)"),
            "1:1: parse error: limitk() is experimental and must be enabled with "
            "--enable-feature=promql-experimental-functions");
  EXPECT_EQ(ErrorOf("rate(up[5m] anchored)"),
            "1:6: parse error: anchored modifier is experimental and not enabled");
  EXPECT_EQ(ErrorOf("a + fill(0) b"),
            "1:5: parse error: binop fill modifiers are experimental and not enabled");
  for (const char* query : {"mad_over_time(up[5m])", "limitk(1, up)", "rate(up[5m] anchored)",
                            "a + fill(0) b", "fill + fill", "a * fill_left(1) fill_right(-2) b"})
    EXPECT_TRUE(Parse(query, ParserOptions::All()).ok()) << query;
}

TEST(Parser, GroupsByPrecedence) {
  const auto shape = [](std::string_view query) {
    const ExprPtr expr = *Parse(query);
    const auto* binary = std::get_if<Binary>(&expr->node);
    return binary == nullptr ? std::string("-") : std::string(BinaryOpText(binary->op));
  };
  EXPECT_EQ(shape("a or b and c"), "or");
  EXPECT_EQ(shape("a and b > c"), "and");
  EXPECT_EQ(shape("a > b + c"), ">");
  EXPECT_EQ(shape("a + b atan2 c"), "+");
  EXPECT_EQ(shape("a * b ^ c"), "*");
  EXPECT_EQ(shape("-a ^ b"), "-");
  EXPECT_EQ(shape("2 ^ -a * b"), "*");
}

TEST(Parser, BoundsDepthAndLength) {
  EXPECT_THAT(ErrorOf(std::string(5000, '(') + "1" + std::string(5000, ')')),
              HasSubstr("nested deeper"));
  EXPECT_THAT(ErrorOf(std::string(5000, '-') + "1"), HasSubstr("nested deeper"));
  std::string chain = "1";
  for (int i = 0; i < 5000; ++i) chain += "+1";
  EXPECT_THAT(ErrorOf(chain), HasSubstr("nested deeper"));
  EXPECT_THAT(ErrorOf(std::string(kMaxQueryBytes + 1, ' ')), HasSubstr("too long"));
}

TEST(ParseMatchers, WantsASelectorOnly) {
  EXPECT_EQ(ParseMatchers("up{a=\"b\"}")->size(), 2U);
  EXPECT_FALSE(ParseMatchers("sum(up)").ok());
  EXPECT_FALSE(ParseMatchers("up[5m]").ok());
}

TEST(Functions, AreSortedAndDescribed) {
  const auto& table = Functions();
  EXPECT_TRUE(std::is_sorted(table.begin(), table.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const FunctionRow& row : table) EXPECT_FALSE(row.help.empty()) << row.name;
}

}  // namespace
}  // namespace narthex::promql
