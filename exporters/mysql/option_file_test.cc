#include "exporters/mysql/option_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

std::string ValueOf(const std::string& line) {
  const auto file = ParseOptionFile("[client]\n" + line + "\n", "f");
  return file.ok() ? file->sections.at("client").at("a").reveal() : std::string(file.message());
}

TEST(OptionFile, ReadsSectionsAndValues) {
  const auto file = ParseOptionFile(
      "\xEF\xBB\xBF# all\nlost = 1\n[client]\r\n user = me\r\n; no\n[client.two]\nuser: you\n"
      "[client]\nport=1\n",
      "f");
  ASSERT_TRUE(file.ok()) << file.message();
  EXPECT_THAT(file->sections, SizeIs(2));
  EXPECT_EQ(file->sections.at("client").at("user").reveal(), "me");
  EXPECT_EQ(file->sections.at("client").at("port").reveal(), "1");
  EXPECT_EQ(file->sections.at("client.two").at("user").reveal(), "you");
  EXPECT_THAT(file->notes, SizeIs(0));
}

TEST(OptionFile, TakesQuotesOffAndKeepsWhatLooksLikeAComment) {
  EXPECT_EQ(ValueOf("a=x#y ;z"), "x#y ;z");
  EXPECT_EQ(ValueOf("a = \"x \\\"y\\\" \" # more"), "x \"y\" ");
  EXPECT_EQ(ValueOf("a='x y'"), "x y");
  EXPECT_EQ(ValueOf("a='x'y'"), "'x'y'");
  EXPECT_EQ(ValueOf("a=`x\\`"), "x\\");
  EXPECT_EQ(ValueOf("a=x\\\n  y"), "xy");
  EXPECT_EQ(ValueOf("a"), "true");
  EXPECT_EQ(ValueOf("a="), "");
  EXPECT_EQ(ValueOf("a=1\na=2"), "2");
}

TEST(OptionFile, NamesTheLineButNeverWhatStandsThere) {
  for (const char* broken :
       {"[s3cret", "[]", "=s3cret", "a=\"s3cret", "a=\"\"\"s3cret", "a=`s3cret"}) {
    const auto file = ParseOptionFile("[client]\n" + std::string(broken) + "\n", "/etc/my.cnf");
    ASSERT_FALSE(file.ok()) << broken;
    EXPECT_THAT(file.message(), HasSubstr("/etc/my.cnf:2: "));
    EXPECT_THAT(file.message(), Not(HasSubstr("s3cret")));
  }
}

TEST(OptionFile, TellsOfFilesThatItDoesNotInclude) {
  const auto file = ParseOptionFile("!includedir /etc/mysql/conf.d/\n", "f");
  ASSERT_TRUE(file.ok());
  ASSERT_THAT(file->notes, SizeIs(1));
  EXPECT_THAT(file->notes[0], HasSubstr("f:1: "));
}

// As Go's os.ExpandEnv does.
TEST(ExpandVariables, ReplacesNamesAndKeepsOtherDollars) {
  const auto variable = [](const std::string& name) {
    return name == "A_1" ? "v" : "<" + name + ">";
  };
  const auto expand = [&](const char* text) { return ExpandVariables(text, variable); };
  EXPECT_EQ(expand("a$A_1-${A_1}b"), "av-vb");
  EXPECT_EQ(expand("pa$ss"), "pa<ss>");
  EXPECT_EQ(expand("a$.b$"), "a$.b$");
  EXPECT_EQ(expand("$$x $1a"), "<$>x <1>a");
  EXPECT_EQ(expand("${}x${a b}y${"), "xy");
  EXPECT_EQ(expand(""), "");
}

}  // namespace
}  // namespace narthex::exporters
