#include "common/cli/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/cli/flags.h"

namespace narthex::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Options {
  std::string file = "a\\b";
  bool cpu = true;
  std::vector<std::string> urls;
  std::string argument;
};

std::string Answer(const std::string& program, const std::string& question) {
  Options options;
  Flags flags(program, "Does things. Some twice.");
  flags.Add("config.file", &options.file, ".dotted-help", "FILE");
  flags.Add("collector.cpu", &options.cpu, "CPU.");
  flags.Add("url", &options.urls, "Which.", "URL");
  flags.AddArgument("INPUT", &options.argument, "What to read.");
  std::string output;
  EXPECT_FALSE(*flags.Parse({question}, output));
  return output;
}

TEST(Manual, TextNeverActsAsARequest) {
  EXPECT_EQ(ManText(".SH x\n'y\nz.w"), "\\&.SH x\n\\&'y\nz.w");
  EXPECT_EQ(ManText("a\\fB-\"b\""), "a\\efB\\-\\(dqb\\(dq");
}

TEST(Manual, PageNamesEveryFlagWithItsDefault) {
  const std::string page = Answer("program", "--help-man");
  EXPECT_THAT(page, StartsWith(".TH \"PROGRAM\" 1 "));
  EXPECT_THAT(page, HasSubstr(".SH NAME\nprogram \\- does things\n"));
  EXPECT_THAT(page, HasSubstr("\\fBprogram\\fR [\\fIflags\\fR] [\\fIINPUT\\fR]\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-config.file\\fR=\\fIFILE\\fR\n\\&.dotted\\-help (default: "
                              "a\\eb)\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-[no\\-]collector.cpu\\fR\nCPU. (default: true)\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-url\\fR=\\fIURL\\fR ...\nWhich.\n"));
}

TEST(Manual, CommandIsAPartOfAPage) {
  const std::string part = Answer("program do it", "--help-man");
  EXPECT_THAT(part, StartsWith(".SS \\fBprogram do it\\fR [\\fIflags\\fR] [\\fIINPUT\\fR]\n"));
  EXPECT_THAT(part, Not(HasSubstr(".TH")));
  EXPECT_THAT(part, HasSubstr("\\-\\-config.file"));
}

TEST(Manual, CompletionKnowsFlagsAndFiles) {
  const std::string script = Answer("program", "--completion-script-bash");
  EXPECT_THAT(script, StartsWith("_program() {\n"));
  EXPECT_THAT(script, HasSubstr("--config.file) _filedir; return ;;\n"));
  EXPECT_THAT(script, HasSubstr(" --config.file= --collector.cpu --no-collector.cpu --url='"));
  EXPECT_THAT(script, HasSubstr("complete -F _program program\n"));
  const std::string part = Answer("program do-it", "--completion-script-bash");
  EXPECT_THAT(part, StartsWith("_program_do_it() {\n"));
  EXPECT_THAT(part, Not(HasSubstr("complete -F")));
}

}  // namespace
}  // namespace narthex::cli
