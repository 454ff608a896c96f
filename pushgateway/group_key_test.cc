#include "pushgateway/group_key.h"

#include <gtest/gtest.h>

#include "pushgateway/escaped_name.h"

namespace narthex::pushgateway {
namespace {

std::string Parse(std::string_view path, bool utf8_names = false) {
  const auto key = ParseGroupPath(path, utf8_names);
  return key.ok() ? key->ToString() : std::string(key.message());
}

TEST(ParseGroupPath, TakesJobAndLabelsInAnyOrder) {
  EXPECT_EQ(Parse("job/some_job"), R"({job="some_job"})");
  EXPECT_EQ(Parse("job/some_job/"), R"({job="some_job"})");
  EXPECT_EQ(Parse("job/b/z/1/a/2"), R"({a="2",job="b",z="1"})");
  EXPECT_EQ(Parse("job/titan/name/Προμηθεύς"), R"({job="titan",name="Προμηθεύς"})");
}

TEST(ParseGroupPath, DecodesBase64WithAndWithoutPadding) {
  EXPECT_EQ(Parse("job/directory_cleaner/path@base64/L3Zhci90bXA"),
            R"({job="directory_cleaner",path="/var/tmp"})");
  EXPECT_EQ(Parse("job@base64/YQ==/name@base64/zqDPgc6_zrzOt864zrXPjc-C"),
            R"({job="a",name="Προμηθεύς"})");
  EXPECT_EQ(Parse("job/a/empty@base64/=/b/c"), R"({b="c",empty="",job="a"})");
  EXPECT_EQ(Parse("job/a/empty/"), R"({empty="",job="a"})");
}

TEST(ParseGroupPath, LetsTheLastOfEqualLabelsStandButForTheJob) {
  EXPECT_EQ(Parse("job/a/x/1/x/2"), R"({job="a",x="2"})");
  EXPECT_EQ(Parse("job/a/job/b"), R"({job="a"})");
}

TEST(ParseGroupPath, SaysWhatIsWrong) {
  EXPECT_EQ(Parse("job/"), "job name is required");
  EXPECT_EQ(Parse("job@base64/="), "job name is required");
  EXPECT_EQ(Parse("jobs/a"), "the path must begin with the job");
  EXPECT_EQ(Parse("job/a/x"), "label \"x\" has no value in the path");
  EXPECT_EQ(Parse("job/a//x"), "improper label name \"\"");
  EXPECT_EQ(Parse("job/a/0x/1"), "improper label name \"0x\"");
  EXPECT_EQ(Parse("job/a/__x/1"), "improper label name \"__x\"");
  EXPECT_EQ(Parse("job/a/x@base64/!!"),
            "invalid base64 of label x=\"!!\": a character that is not of base64url");
  EXPECT_EQ(Parse("job@base64/YQAAA"), "invalid base64 of label job=\"YQAAA\": cut short");
  EXPECT_EQ(Parse("job/a/x@base64/_w"), "value of grouping label \"x\" is not UTF-8: \"\xFF\"");
}

TEST(ParseGroupPath, UnescapesNamesWhereUtf8IsEnabled) {
  EXPECT_EQ(Parse("job/a/U__foo_2e_bar/baz"), R"({U__foo_2e_bar="baz",job="a"})");
  EXPECT_EQ(Parse("job/a/U__foo_2e_bar@base64/YmF6", true), R"({"foo.bar"="baz",job="a"})");
  EXPECT_EQ(Parse("job/a/0x/1", true), R"({"0x"="1",job="a"})");
  EXPECT_EQ(Parse("job/a/U______/1", true), "improper label name \"U______\"");
}

TEST(GroupKey, HasAPathThatLeadsBackToIt) {
  EXPECT_EQ(GroupKey::Of("a", {{"x", ""}})->ToPath(false), "job@base64/YQ=/x@base64/=");
  for (const std::string value : {"", "a", "ab", "abc", "/var/tmp", "Προμηθεύς", "\x01?>~"}) {
    for (const std::string name : {"x", "foo.bar", "U__x", "a b/c", "é_", "U__a.b_"}) {
      const auto key = GroupKey::Of("j" + value, {{name, value}});
      const auto again = ParseGroupPath(key->ToPath(true), true);
      ASSERT_TRUE(again.ok()) << key->ToPath(true) << ": " << again.message();
      EXPECT_TRUE(*again == *key) << key->ToPath(true);
    }
    const auto key = GroupKey::Of("j", {{"U__x_", value}});
    EXPECT_TRUE(*ParseGroupPath(key->ToPath(false), false) == *key);
  }
}

TEST(GroupKey, DiffersByAnEmptyValue) {
  EXPECT_FALSE(*GroupKey::Of("a", {}) == *GroupKey::Of("a", {{"instance", ""}}));
  EXPECT_EQ(GroupKey::Of("a", {})->Find("instance"), nullptr);
  EXPECT_EQ(GroupKey::Of("a", {})->job(), "a");
}

// Cases of the escaping's description: github.com/prometheus/proposals, 2023-08-21-utf8.md.
TEST(UnescapeName, LeavesWhatIsNotRightlyEscaped) {
  EXPECT_EQ(UnescapeName("U__foo_2e_bar__x"), "foo.bar_x");
  EXPECT_EQ(UnescapeName("U___1F60A_"), "\xf0\x9f\x98\x8a");
  EXPECT_EQ(UnescapeName("U___55_____"), "U__");
  EXPECT_EQ(UnescapeName("U___e9__20ac_"), "é€");
  for (const auto* text : {"foo_2e_bar", "U__in_xxx_valid", "U__a_", "U__a_2e", "U___110000_",
                           "U___d800_", "U___0000041_", "U_foo"}) {
    EXPECT_EQ(UnescapeName(text), text);
  }
}

}  // namespace
}  // namespace narthex::pushgateway
