#include "common/config/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/bind.h"

namespace narthex::config {
namespace {

struct Group {
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;
  void Describe(auto& fields) {
    fields.Required("targets", targets);
    fields.Optional("labels", labels);
  }
};

std::string ErrorOf(std::string_view text) {
  const auto node = ParseJson(text);
  if (!node.ok()) return std::string(node.message());
  std::vector<Group> groups;
  return std::string(Bind(*node, groups).message());
}

TEST(ParseJson, BindsAsYamlDoes) {
  const auto node = ParseJson(
      "[\n\t{\"targets\": [\"a:1\", \"\\u00e4\"],\n\t \"labels\": {\"x\": \"1\", "
      "\"x\": \"2\", \"y\": null}}]\n");
  ASSERT_TRUE(node.ok()) << node.message();
  std::vector<Group> groups;
  ASSERT_TRUE(Bind(*node, groups).ok());
  EXPECT_THAT(groups.at(0).targets, testing::ElementsAre("a:1", "ä"));
  EXPECT_EQ(groups.at(0).labels, (std::map<std::string, std::string>{{"x", "2"}, {"y", ""}}));
}

TEST(ParseJson, KeepsNumbersAndBooleansAsTheyStand) {
  const auto node = ParseJson("[1.50 , true,false\n, null, -3]");
  ASSERT_TRUE(node.ok()) << node.message();
  EXPECT_EQ(node->items[0].text, "1.50");
  EXPECT_EQ(node->items[1].text, "true");
  EXPECT_EQ(node->items[3].kind, Node::Kind::kNull);
  EXPECT_EQ(node->items[4].text, "-3");
}

TEST(ParseJson, SaysWhereItIsWrong) {
  EXPECT_THAT(ErrorOf("[{\"targets\": [],\n  \"lables\": {}}]"),
              testing::HasSubstr("2:3: unknown field \"lables\""));
  EXPECT_THAT(ErrorOf("[{\"targets\":\n [1, {}]}]"), testing::HasSubstr("2:6: "));
  for (const char* text :
       {"", "[", "[1", "{\"a\":}", "[nul]", "[01]", "[1] [2]", "[tru]", "{\"a\"}"})
    EXPECT_THAT(ErrorOf(text), testing::HasSubstr("not JSON")) << text;
}

}  // namespace
}  // namespace narthex::config
