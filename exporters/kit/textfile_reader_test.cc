#include "exporters/kit/textfile_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> Names(const TextfileContent& content) {
  std::vector<std::string> names;
  for (const auto& family : content.families) names.push_back(family.name);
  return names;
}

std::vector<std::string> Faults(const TextfileContent& content) {
  std::vector<std::string> faults;
  for (const Status& fault : content.faults) faults.emplace_back(fault.message());
  return faults;
}

TEST(ReadTextfile, GivesAllFamiliesOfAFileWithoutFault) {
  const auto content = ReadTextfile("# a comment\na 1\n\n# TYPE b counter\nb{x=\"y\"} 2\n");
  EXPECT_THAT(Names(content), ElementsAre("a", "b"));
  EXPECT_THAT(content.faults, IsEmpty());
  EXPECT_THAT(Names(ReadTextfile("")), IsEmpty());
}

TEST(ReadTextfile, DropsTheFamilyOfABadLineAlone) {
  const auto content = ReadTextfile("a 1\nb{x=\"1\"} 1\nc 3\nb{x=\"2\" 2\nb{x=\"3\"} 3\nd 4\n");
  EXPECT_THAT(Names(content), ElementsAre("a", "c", "d"));
  EXPECT_THAT(Faults(content), ElementsAre(StartsWith("4:"))) << "the line of the file";
}

TEST(ReadTextfile, DropsAHistogramWholeWhereOneOfItsLinesIsBad) {
  const auto content = ReadTextfile(
      "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum nonsense\nh_count 1\nh_other 5\n");
  EXPECT_THAT(Names(content), ElementsAre("h_other"));
  EXPECT_THAT(Faults(content), ElementsAre(StartsWith("3:")));
}

TEST(ReadTextfile, KeepsTheOthersWhereALineNamesNothing) {
  const auto content = ReadTextfile("a 1\n<<<<<<< HEAD\nb 2\n# TYPE\n{} 4\n\xff\xfe\n");
  EXPECT_THAT(Names(content), ElementsAre("a", "b"));
  EXPECT_FALSE(content.faults.empty());
}

// The text format asks for no blank between a name and its value.
TEST(ReadTextfile, ReadsNamesAsFarAsTheFormatDoes) {
  EXPECT_THAT(Names(ReadTextfile("a.5\nb 1\na{x=\"1\"} 2\nbad x\n")), ElementsAre("a", "b"));
}

TEST(ReadTextfile, DropsTheFamilyOfALineThatWasCut) {
  EXPECT_THAT(Names(ReadTextfile("a 1\nb 12")), ElementsAre("a"));
}

TEST(ReadTextfile, RefusesAFileWithTimestamps) {
  const auto content = ReadTextfile("a 1\nb 2 1441205977284\n");
  EXPECT_THAT(content.families, IsEmpty());
  EXPECT_THAT(Faults(content), ElementsAre("family \"b\" has timestamps"));
}

TEST(ReadTextfile, DropsAFamilyWithASeriesTwice) {
  const auto content = ReadTextfile("a{x=\"1\",y=\"\"} 1\na{x=\"1\"} 2\nb 1\n");
  EXPECT_THAT(Names(content), ElementsAre("b"));
  EXPECT_THAT(Faults(content), ElementsAre("family \"a\" has a series twice"));
}

TEST(ReadTextfile, GivesEachMetricAllLabelNamesOfItsFamily) {
  const auto content = ReadTextfile("a{c=\"1\"} 1\na{b=\"2\"} 2\n");
  ASSERT_THAT(Names(content), ElementsAre("a"));
  const auto& metrics = content.families[0].metrics;
  using openmetrics::LabelPair;
  EXPECT_THAT(metrics[0].labels, ElementsAre(LabelPair{"b", ""}, LabelPair{"c", "1"}));
  EXPECT_THAT(metrics[1].labels, ElementsAre(LabelPair{"b", "2"}, LabelPair{"c", ""}));
}

TEST(ReadTextfile, BoundsWhatItSaysOfAFile) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "bad_" + std::to_string(i) + " x\n";
  EXPECT_EQ(ReadTextfile(text).faults.size(), kMaxTextfileFaults);
}

}  // namespace
}  // namespace narthex::exporters
