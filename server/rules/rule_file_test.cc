#include "server/rules/rule_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::server {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  const auto file = ParseRuleFile(text, "r.yml");
  return std::string(file.message());
}

std::string WithRule(const std::string& fields) {
  return "groups:\n- name: g\n  rules:\n  - {" + fields + "}\n";
}

TEST(ParseRuleFile, TakesGroupsOfBothKindsOfRules) {
  const auto file = ParseRuleFile(
      "groups:\n"
      "- name: g\n  interval: 1m\n  query_offset: 30s\n  limit: 10\n  labels: {team: a}\n"
      "  rules:\n"
      "  - record: job:up:sum\n    expr: sum by (job) (up)\n    labels: {kind: sum}\n"
      "  - alert: Down\n    expr: up == 0\n    for: 5m\n    keep_firing_for: 1m\n"
      "    annotations: {summary: '{{ $labels.instance }} is {{ \"{{down\" }}'}\n"
      "- name: empty\n",
      "r.yml");
  ASSERT_TRUE(file.ok()) << file.message();
  EXPECT_EQ(file->rule_count(), 2U);
  EXPECT_EQ(file->groups[0].interval, Duration::Seconds(60));
  EXPECT_EQ(file->groups[0].rules[1].for_duration, Duration::Seconds(300));
  EXPECT_TRUE(ParseRuleFile("", "r.yml").ok());
}

TEST(ParseRuleFile, RefusesWithThePlace) {
  EXPECT_THAT(ErrorOf("groups: [{rules: []}]"), HasSubstr("r.yml:1:10: missing field \"name\""));
  EXPECT_THAT(ErrorOf("rules: []"), HasSubstr("unknown field \"rules\""));
  EXPECT_THAT(ErrorOf("groups: [{name: a}, {name: a}]"), HasSubstr("two groups are called \"a\""));
  EXPECT_THAT(ErrorOf(WithRule("record: a, alert: b, expr: up")), HasSubstr("got both"));
  EXPECT_THAT(ErrorOf(WithRule("expr: up")), HasSubstr("r.yml:4:5: want one of record and alert"));
  EXPECT_THAT(ErrorOf(WithRule("record: a, expr: 'sum('")), HasSubstr("expr of \"a\": "));
  EXPECT_THAT(ErrorOf(WithRule("record: a, expr: up, for: 1m")), HasSubstr("has no for"));
  EXPECT_THAT(ErrorOf(WithRule("record: a, expr: up, annotations: {b: c}")),
              HasSubstr("has no annotations"));
  EXPECT_THAT(ErrorOf(WithRule("record: 'a{b=\"c\"}', expr: up")), HasSubstr("has braces"));
  EXPECT_THAT(ErrorOf(WithRule("alert: a, expr: up, labels: {__name__: c}")),
              HasSubstr("invalid label name"));
  EXPECT_THAT(ErrorOf(WithRule("alert: a, expr: up, annotations: {b: '{{ $value'}")),
              HasSubstr("annotation \"b\": a {{ has no }}"));
  EXPECT_THAT(ErrorOf(WithRule("alert: a, expr: up, annotations: {b: '{{ $label.x }}'}")),
              HasSubstr("annotation \"b\": unknown variable $label"));
  EXPECT_EQ(
      ErrorOf(WithRule("alert: a, expr: up, annotations: {b: "
                       "'{{ range $i, $e := query \"$x\" }}{{ $e.Value }}{{ end }} $y {{ $ }}'}")),
      "");
}

TEST(DuplicateRules, AreThoseOfOneNameAndEqualLabels) {
  const auto file = ParseRuleFile(
      "groups:\n"
      "- name: g\n  labels: {a: '1'}\n  rules:\n  - {record: r, expr: up}\n"
      "  - {record: r, expr: up, labels: {a: '2'}}\n"
      "- name: h\n  rules:\n  - {record: r, expr: up + 1, labels: {a: '1'}}\n"
      "  - {record: s, expr: up}\n  - {record: r, expr: up, labels: {a: '1'}}\n",
      "r.yml");
  ASSERT_TRUE(file.ok()) << file.message();
  const std::vector<LabelSet> duplicates = DuplicateRules(*file);
  ASSERT_EQ(duplicates.size(), 1U);
  EXPECT_EQ(duplicates[0].ToString(), "r{a=\"1\"}");
}

}  // namespace
}  // namespace narthex::server
