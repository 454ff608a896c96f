#include "common/config/bind.h"

#include <gtest/gtest.h>

namespace narthex::config {
namespace {

struct Inner {
  std::string name;
  bool on = true;

  void Describe(auto& fields) {
    fields.Required("name", name);
    fields.Optional("on", on);
  }
};

struct Outer {
  Duration interval = Duration::Seconds(60);
  int64_t count = 7;
  std::vector<Inner> inner;
  std::map<std::string, std::string> labels;
  std::optional<ByteSize> limit;

  void Describe(auto& fields) {
    fields.Optional("interval", interval);
    fields.Optional("count", count);
    fields.Optional("inner", inner);
    fields.Optional("labels", labels);
    fields.Optional("limit", limit);
  }
  Status Validate() const { return count < 0 ? InvalidArgument("count is negative") : Status(); }
};

std::string ErrorOf(std::string_view text) {
  return std::string(Parse<Outer>(text, "f.yml").message());
}

TEST(Bind, FillsFieldsAndKeepsDefaults) {
  const auto outer = Parse<Outer>(
      "interval: 5s\ninner:\n- name: a\n  on: no\n- {name: \"b\"}\n"
      "labels: {x: y, z: }\ncount:\nlimit: 1MB\n",
      "f.yml");
  ASSERT_TRUE(outer.ok()) << outer.message();
  EXPECT_EQ(outer->interval.ms, 5000);
  EXPECT_EQ(outer->count, 7);
  ASSERT_EQ(outer->inner.size(), 2U);
  EXPECT_FALSE(outer->inner[0].on);
  EXPECT_EQ(outer->inner[1].name, "b");
  EXPECT_EQ(outer->labels.at("z"), "");
  EXPECT_EQ(outer->limit->bytes, 1U << 20);
  EXPECT_TRUE(Parse<Outer>("", "f.yml").ok());
  EXPECT_TRUE(Parse<Outer>("# nothing\n", "f.yml").ok());
}

TEST(Bind, RefusesWithThePlaceAndWhatWasExpected) {
  EXPECT_EQ(
      ErrorOf("count: 1\nintervall: 5s\n"),
      "f.yml:2:1: unknown field \"intervall\", want one of interval, count, inner, labels, limit");
  EXPECT_EQ(ErrorOf("count: 1\ncount: 2\n"), "f.yml:2:1: key \"count\" given twice");
  EXPECT_EQ(ErrorOf("count: soon\n"), "f.yml:1:8: want a whole number, got \"soon\"");
  EXPECT_EQ(ErrorOf("count: [1]\n"), "f.yml:1:8: want a scalar, got a list");
  EXPECT_EQ(ErrorOf("inner:\n- on: true\n"), "f.yml:2:3: missing field \"name\"");
  EXPECT_EQ(ErrorOf("inner: x\n"), "f.yml:1:8: want a list, got a scalar \"x\"");
  EXPECT_EQ(ErrorOf("count: -1\n"), "f.yml:1:1: count is negative");
  EXPECT_EQ(ErrorOf("interval: 5\n").substr(0, 31), "f.yml:1:11: not a duration: \"5\"");
}

TEST(ParseYaml, NamesThePlaceOfBrokenYaml) {
  EXPECT_EQ(ErrorOf("a: [1\nb: 2\n").substr(0, 6), "f.yml:");
  EXPECT_FALSE(ParseYaml("a: 1\n---\nb: 2\n").ok());
  EXPECT_FALSE(ParseYaml(std::string(10000, '[')).ok());
}

TEST(ParseYaml, DecodesBinaryOrRefusesIt) {
  EXPECT_EQ(ParseYaml("!!binary aGk=")->text, "hi");
  EXPECT_EQ(ParseYaml("!!binary |\n  aG\n  k=\n")->text, "hi");
  for (const char* broken : {"!!binary \xc3\xa4\xc3\xa4", "!!binary a*=="})
    EXPECT_EQ(ParseYaml(broken).status().message(), "1:1: !!binary: want base64") << broken;
}

TEST(ParseYaml, MergesAndBoundsAliases) {
  const auto node = ParseYaml("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n");
  ASSERT_TRUE(node.ok());
  EXPECT_EQ(node->Find("use")->Find("x")->text, "1");
  EXPECT_EQ(node->Find("use")->Find("y")->text, "3");
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i)
      bomb += std::string(i != 0 ? ",*" : "*") + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  EXPECT_NE(ParseYaml(bomb).message().find("more than a million nodes"), std::string::npos);
}

TEST(ParseYaml, WantsOneDocument) {
  EXPECT_EQ(ParseYaml("a: 1\n---\nb: 2\n").message(), "want one YAML document, got more");
  EXPECT_FALSE(ParseYaml(",<").ok());  // of this the library makes documents without end
  EXPECT_TRUE(ParseYaml("---\na: 1\n...\n").ok());
}

}  // namespace
}  // namespace narthex::config
