#include "common/cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::cli {
namespace {

struct Options {
  std::string address = ":9100";
  bool cpu = true;
  int64_t count = 3;
  Duration retention = Duration::Seconds(60);
  std::vector<std::string> urls{"default"};
};

Flags Declare(Options& options) {
  Flags flags("program", "Does things.");
  flags.Add("web.listen-address", &options.address, "Where.", "HOST:PORT");
  flags.Add("collector.cpu", &options.cpu, "CPU.");
  flags.Add("count", &options.count, "How many.");
  flags.Add("retention", &options.retention, "How long.");
  flags.Add("url", &options.urls, "Which.", "URL");
  return flags;
}

std::string ErrorOf(const std::vector<std::string>& arguments) {
  Options options;
  std::string output;
  return std::string(Declare(options).Parse(arguments, output).message());
}

TEST(Flags, TakeEverySpellingOfTheOriginals) {
  Options options;
  std::string output;
  const auto run = Declare(options).Parse({"--web.listen-address=", "--no-collector.cpu", "--count",
                                           "-5", "--retention=1h", "--url=a", "--url", "b=c"},
                                          output);
  ASSERT_TRUE(run.ok()) << run.message();
  EXPECT_TRUE(*run);
  EXPECT_EQ(options.address, "");
  EXPECT_FALSE(options.cpu);
  EXPECT_EQ(options.count, -5);
  EXPECT_EQ(options.retention.ms, 3'600'000);
  EXPECT_THAT(options.urls, testing::ElementsAre("a", "b=c"));
}

TEST(Flags, RefuseWithTheFlagsName) {
  EXPECT_EQ(ErrorOf({"--coun=1"}), "unknown flag \"--coun\", see --help");
  EXPECT_EQ(ErrorOf({"--no-count"}), "unknown flag \"--no-count\", see --help");
  EXPECT_EQ(ErrorOf({"--count"}), "flag --count wants a value");
  EXPECT_EQ(ErrorOf({"--count=x"}), "flag --count: want a whole number, got \"x\"");
  EXPECT_EQ(ErrorOf({"--count=1", "--count=2"}), "flag --count given twice");
  EXPECT_EQ(ErrorOf({"--collector.cpu=maybe"}),
            "flag --collector.cpu: want true or false, got \"maybe\"");
  EXPECT_EQ(ErrorOf({"stray"}), "unexpected argument \"stray\", see --help");
  EXPECT_EQ(ErrorOf({"-x"}), "unexpected argument \"-x\", see --help");
}

TEST(Flags, TakeArgumentsThatStandByThemselves) {
  std::string file;
  bool deep = false;
  Flags flags("program", "Does.");
  flags.Add("deep", &deep, "Look deeper.");
  flags.AddArgument("FILE", &file, "What to read.");
  std::string output;
  EXPECT_TRUE(flags.Parse({"a.txt", "--deep"}, output).ok());
  EXPECT_EQ(file, "a.txt");
  EXPECT_TRUE(deep);
  EXPECT_TRUE(flags.Parse({"-"}, output).ok());
  EXPECT_EQ(file, "-");
  EXPECT_EQ(flags.Parse({"a", "b"}, output).message(), "unexpected argument \"b\", see --help");
  EXPECT_FALSE(flags.Parse({"-x"}, output).ok());
  EXPECT_THAT(flags.Help(), testing::HasSubstr("usage: program [flags] [FILE]\n"));
}

TEST(Flags, AnswerHelpAndVersion) {
  Options options;
  std::string output;
  EXPECT_FALSE(*Declare(options).Parse({"--help"}, output));
  EXPECT_THAT(output, testing::HasSubstr(
                          "  --web.listen-address=HOST:PORT\n        Where. (default: :9100)\n"));
  EXPECT_THAT(output, testing::HasSubstr("  --[no-]collector.cpu\n"));
  output.clear();
  EXPECT_FALSE(*Declare(options).Parse({"--version"}, output));
  EXPECT_THAT(output, testing::StartsWith("program, version "));
}

TEST(Flags, KnowWhichOfThemWereGiven) {
  Options options;
  Flags flags = Declare(options);
  std::string output;
  ASSERT_TRUE(flags.Parse({"--no-collector.cpu", "--count=3"}, output).ok());
  EXPECT_TRUE(flags.WasGiven("collector.cpu"));
  EXPECT_TRUE(flags.WasGiven("count")) << "its default is given, too";
  EXPECT_FALSE(flags.WasGiven("url"));
}

TEST(Flags, TakeOldNamesAndNoteThem) {
  Options options;
  Flags flags = Declare(options);
  flags.AddOldName("collector.processor", "collector.cpu");
  flags.AddOldName("number", "count");
  std::string output;
  ASSERT_TRUE(flags.Parse({"--collector.processor=false", "--number", "7"}, output).ok());
  EXPECT_FALSE(options.cpu);
  EXPECT_EQ(options.count, 7);
  EXPECT_THAT(flags.notes(),
              testing::ElementsAre("--collector.processor is an old name: use --collector.cpu",
                                   "--number is an old name: use --count"));
  EXPECT_EQ(flags.Parse({"--number=1", "--count=2"}, output).message(), "flag --count given twice");
  EXPECT_EQ(flags.Help().find("number"), std::string::npos);
}

TEST(Flags, TakeWhatHasNoEffectAndNoteIt) {
  Options options;
  Flags flags = Declare(options);
  flags.AddWithoutEffect("workers", false, "there are none");
  flags.AddWithoutEffect("fast", true, "it always is");
  std::string output;
  ASSERT_TRUE(flags.Parse({"--workers", "4", "--fast", "--count=2"}, output).ok());
  EXPECT_EQ(options.count, 2);
  EXPECT_THAT(flags.notes(), testing::ElementsAre("--workers has no effect: there are none",
                                                  "--fast has no effect: it always is"));
  EXPECT_EQ(flags.Parse({"--workers"}, output).message(), "flag --workers wants a value");
  EXPECT_EQ(flags.Help().find("workers"), std::string::npos);
  ASSERT_TRUE(flags.Parse({"--no-fast"}, output).ok());
  EXPECT_FALSE(flags.Parse({"--no-workers"}, output).ok());
}

TEST(Flags, RefuseWhatIsNotHereWithTheReason) {
  Options options;
  Flags flags = Declare(options);
  flags.AddRefused("agent", true, "there is no agent mode");
  std::string output;
  for (const char* spelling : {"--agent", "--agent=true"})
    EXPECT_EQ(flags.Parse({spelling}, output).message(), "flag --agent: there is no agent mode");
  EXPECT_EQ(flags.Parse({"--no-agent"}, output).message(),
            "flag --no-agent: there is no agent mode");
  EXPECT_EQ(flags.Help().find("agent"), std::string::npos);
}

}  // namespace
}  // namespace narthex::cli
