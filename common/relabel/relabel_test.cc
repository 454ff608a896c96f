#include "common/relabel/relabel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex {
namespace {

struct Rules {
  std::vector<RelabelRule> rules;
  void Describe(auto& fields) { fields.Required("rules", rules); }
};

// What the rules make of {a="foo", b="bar", c="baz", d="Some-Host:9100"}; "dropped" if nothing.
std::string Relabelled(const std::string& rules) {
  const auto parsed = config::Parse<Rules>("rules:\n" + rules, "r.yml");
  if (!parsed.ok()) return std::string(parsed.message());
  LabelSetBuilder labels;
  labels.Set("a", "foo").Set("b", "bar").Set("c", "baz").Set("d", "Some-Host:9100");
  if (!Relabel(parsed->rules, labels)) return "dropped";
  return labels.Build().ToString();
}

constexpr const char* kRest = R"(c="baz", d="Some-Host:9100"})";

std::string WithAb(const std::string& ab) { return "{" + ab + kRest; }

TEST(Relabel, ReplacesWhereTheWholeSourceMatches) {
  EXPECT_EQ(Relabelled("- {source_labels: [a], regex: f(.*), target_label: a, replacement: x$1}"),
            WithAb(R"(a="xoo", b="bar", )"));
  EXPECT_EQ(Relabelled("- {source_labels: [a], regex: o, target_label: a, replacement: x}"),
            WithAb(R"(a="foo", b="bar", )"));
  EXPECT_EQ(Relabelled("- {source_labels: [a, b], target_label: a}"),
            WithAb(R"(a="foo;bar", b="bar", )"));
  EXPECT_EQ(Relabelled("- {source_labels: [a, b], separator: '', target_label: '${1}_x'}"),
            R"({a="foo", b="bar", c="baz", d="Some-Host:9100", foobar_x="foobar"})");
}

TEST(Relabel, RemovesALabelByAnEmptyReplacement) {
  EXPECT_EQ(Relabelled("- {source_labels: [x], target_label: a, replacement: ''}"),
            WithAb(R"(b="bar", )"));
  EXPECT_EQ(Relabelled("- {target_label: b, replacement: new}"), WithAb(R"(a="foo", b="new", )"));
  EXPECT_EQ(Relabelled("- {source_labels: [a], regex: 'fo(x)?o', target_label: b}"),
            WithAb(R"(a="foo", )"));
}

TEST(Relabel, KeepsAndDrops) {
  EXPECT_EQ(Relabelled("- {source_labels: [a], regex: foo, action: drop}"), "dropped");
  EXPECT_EQ(Relabelled("- {source_labels: [a], regex: fo, action: keep}"), "dropped");
  EXPECT_NE(Relabelled("- {source_labels: [a], regex: fo, action: DROP}"), "dropped");
  EXPECT_EQ(Relabelled("- {source_labels: [nosuch], regex: '', action: drop}"), "dropped");
  EXPECT_EQ(Relabelled("- {source_labels: [a], target_label: b, action: keepequal}"), "dropped");
  EXPECT_NE(Relabelled("- {source_labels: [a], target_label: b, action: dropequal}"), "dropped");
}

// Values computed apart, from the MD5 sums of "baz" and "foo;bar".
TEST(Relabel, HashesWithTheEndOfTheMd5Sum) {
  EXPECT_THAT(Relabelled("- {source_labels: [c], target_label: d, action: hashmod, modulus: 1000}"),
              testing::HasSubstr(R"(d="976")"));
  EXPECT_THAT(Relabelled("- {source_labels: [a, b], target_label: d, action: hashmod,"
                         " modulus: 18446744073709551615}"),
              testing::HasSubstr(R"(d="15973639978189266750")"));
}

TEST(Relabel, ActsOnNames) {
  EXPECT_EQ(Relabelled("- {regex: '(b|c)', action: labelmap, replacement: 'x_$1'}"),
            R"({a="foo", b="bar", c="baz", d="Some-Host:9100", x_b="bar", x_c="baz"})");
  EXPECT_EQ(Relabelled("- {regex: 'a|b', action: labeldrop}"), WithAb(""));
  EXPECT_EQ(Relabelled("- {regex: '[cd]', action: labelkeep}"), WithAb(""));
}

TEST(Relabel, ChangesCase) {
  EXPECT_THAT(Relabelled("- {source_labels: [d], target_label: d, action: lowercase}"),
              testing::HasSubstr("some-host"));
  EXPECT_THAT(Relabelled("- {source_labels: [a], target_label: d, action: uppercase}"),
              testing::HasSubstr(R"(d="FOO")"));
  EXPECT_THAT(Relabelled("- {target_label: a, replacement: 'ÄÖß'}\n"
                         "- {source_labels: [a], target_label: a, action: lowercase}"),
              testing::HasSubstr("äöß"));
}

TEST(Relabel, RefusesRulesThatCannotWork) {
  for (const auto& [rule, finding] : std::vector<std::pair<std::string, std::string>>{
           {"- {action: nosuch}", "r.yml:2:12: unknown relabel action \"nosuch\""},
           {"- {regex: 'a('}", "r.yml:2:11: regular expression"},
           {"- {source_labels: [a]}", "r.yml:2:3: relabel action replace needs a target_label"},
           {"- {action: hashmod, target_label: a}", "needs a modulus above zero"},
           {"- {action: lowercase, target_label: a, replacement: x}", "takes no replacement"},
           {"- {action: keepequal, target_label: a, regex: x}", "takes source_labels and"},
           {"- {action: labeldrop, regex: x, source_labels: [a]}", "takes a regex only"},
           {"- {action: labelmap, replacement: ''}", "invalid replacement"},
           {"- {actoin: keep}", "unknown field \"actoin\""}}) {
    EXPECT_THAT(Relabelled(rule), testing::HasSubstr(finding)) << rule;
  }
}

}  // namespace
}  // namespace narthex
