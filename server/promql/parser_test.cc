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
  EXPECT_EQ(ErrorOf("sum(\n  ratee(up[5m]))"), "2:3: parse error: no function is called \"ratee\"");
  EXPECT_EQ(ErrorOf(""), "1:1: parse error: the query is empty: want an expression");
  EXPECT_EQ(ErrorOf("up{"), "1:4: parse error: the query ends within braces: want \"}\"");
  EXPECT_EQ(ErrorOf("up{job=a}"),
            "1:8: parse error: want a string in a label matcher, got identifier \"a\"");
  EXPECT_EQ(ErrorOf("up{job=\"a}"), "1:8: parse error: the string does not end");
  EXPECT_EQ(ErrorOf("rate(up)"),
            "1:6: parse error: rate wants a value of type range vector here, got instant vector");
  EXPECT_EQ(ErrorOf("sum(up[5m])"),
            "1:5: parse error: sum wants a value of type instant vector, got range vector");
  EXPECT_EQ(
      ErrorOf("1 > 2"),
      "1:3: parse error: two scalars are compared with bool: write == bool, > bool and so on");
  EXPECT_EQ(ErrorOf("up + "), "1:6: parse error: want an expression, got the end of the query");
  EXPECT_EQ(ErrorOf("{}"),
            "1:1: parse error: the selector would take every series: want a matcher that refuses "
            "the empty value");
  EXPECT_EQ(ErrorOf("{job=~\".*\"}"),
            "1:1: parse error: the selector would take every series: want a matcher that refuses "
            "the empty value");
  EXPECT_THAT(ErrorOf("up{job=~\"(\"}"), HasSubstr("1:4: parse error: regular expression"));
  EXPECT_EQ(ErrorOf("1 + on(a) 2"),
            "1:1: parse error: on and ignoring stand between two instant vectors only");
  EXPECT_EQ(ErrorOf("up up"),
            "1:4: parse error: want an operator or the end of the query, got identifier \"up\"");
  EXPECT_EQ(ErrorOf("up[5m"), "1:6: parse error: the query ends within brackets: want \"]\"");
  EXPECT_EQ(ErrorOf("(up"), "1:4: parse error: the query ends within parentheses: want \")\"");
  EXPECT_EQ(ErrorOf("up)"), "1:3: parse error: \")\" without a \"(\" before");
  EXPECT_EQ(ErrorOf("topk(up)"), "1:1: parse error: topk wants 2 arguments, got 1");
  EXPECT_EQ(ErrorOf("abs(up, 1)"), "1:1: parse error: abs wants 1 argument, got 2");
  EXPECT_EQ(ErrorOf("sum by (1) (up)"),
            "1:9: parse error: want a label in a list of labels, got number \"1\"");
  EXPECT_EQ(ErrorOf("(up)[5m]"),
            "1:5: parse error: a range stands behind a selector; behind another expression write "
            "[RANGE:STEP]");
  EXPECT_EQ(ErrorOf("5x"), "1:1: parse error: \"5x\" is neither a number nor a duration");
}

TEST(Parser, RefusesByNameWhatIsNotSwitchedOn) {
  EXPECT_EQ(ErrorOf("mad_over_time(up[5m])"),
            "1:1: parse error: mad_over_time wants --enable-feature=promql-experimental-functions");
  EXPECT_EQ(ErrorOf("limitk(1, up)"),
            "1:1: parse error: limitk wants --enable-feature=promql-experimental-functions");
  EXPECT_EQ(ErrorOf("rate(up[5m] anchored)"),
            "1:6: parse error: anchored wants --enable-feature=promql-extended-range-selectors");
  EXPECT_EQ(ErrorOf("a + fill(0) b"),
            "1:5: parse error: fill modifiers want --enable-feature=promql-binop-fill-modifiers");
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
