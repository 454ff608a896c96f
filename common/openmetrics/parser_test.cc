#include "common/openmetrics/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace narthex::openmetrics {
namespace {

// Every sample as "labels value [@timestamp]", then the error if there is one.
std::vector<std::string> ParseAll(std::string_view body, Format format = Format::kText) {
  std::vector<std::string> out;
  ExpositionParser parser(body, format);
  for (;;) {
    const auto entry = parser.Next();
    if (!entry.ok()) {
      out.emplace_back(entry.message());
      return out;
    }
    if (*entry == Entry::kEnd) return out;
    if (*entry != Entry::kSample) continue;
    const auto labels = parser.Labels();
    if (!labels.ok()) {
      out.emplace_back(labels.message());
      return out;
    }
    std::vector<Label> copy = **labels;
    std::string line =
        LabelSet::From(copy).ToString() + " " + std::to_string(parser.sample().value);
    if (parser.sample().timestamp_ms) line += " @" + std::to_string(*parser.sample().timestamp_ms);
    if (parser.exemplar()) line += " # " + parser.exemplar()->labels.ToString();
    out.push_back(line);
  }
}

std::string FirstError(std::string_view body, Format format = Format::kText) {
  const auto out = ParseAll(body, format);
  return out.empty() ? "" : out.back();
}

using testing::ElementsAre;

TEST(TextFormat, GivesSamplesWithLabelsAndTimestamps) {
  EXPECT_THAT(
      ParseAll("# HELP up Whether.\n# TYPE up gauge\nup 1\n\n"
               "http_requests_total{code=\"200\",method=\"get\",} 3.5 1700000000123\n"
               "  spaced { a = \"b\" }  2 \n# a remark\nlast NaN"),
      ElementsAre("up 1.000000",
                  "http_requests_total{code=\"200\", method=\"get\"} 3.500000 @1700000000123",
                  "spaced{a=\"b\"} 2.000000", "last nan"));
}

TEST(TextFormat, ResolvesEscapesAndQuotedNames) {
  EXPECT_THAT(
      ParseAll("m{a=\"x\\\"y\\\\z\\n\",b=\"}, \"} 1\n{\"my.metric\",\"my label\"=\"v\"} 2\n"),
      ElementsAre("m{a=\"x\\\"y\\\\z\\n\", b=\"}, \"} 1.000000",
                  "{\"my.metric\", \"my label\"=\"v\"} 2.000000"));
}

TEST(TextFormat, NamesLineAndColumnOfWhatIsWrong) {
  EXPECT_EQ(FirstError("up 1\nup{a=\"b} 1\n"), "2:6: label value not closed");
  EXPECT_EQ(FirstError("up{a=\"b\" 1\n"), "1:10: want a label name");
  EXPECT_EQ(FirstError("{\"a\" b=\"c\"} 1\n"), "1:6: want ',' or '}' after a label");
  EXPECT_EQ(FirstError("{a=\"b\"} 1\n"), "1:8: want a metric name");
  EXPECT_EQ(FirstError("up 1 -5\n"), "1:6: want a timestamp, got \"-5\"");
  EXPECT_EQ(FirstError("# TYPE up info\n"), "1:11: unknown metric type \"info\"");
  EXPECT_EQ(FirstError("up one\n"), "1:4: want a number, got \"one\"");
  EXPECT_EQ(FirstError("up\n"), "1:3: want a number, got \"\"");
  EXPECT_EQ(FirstError("up 1 soon\n"), "1:6: want a timestamp, got \"soon\"");
  EXPECT_EQ(FirstError("up 1 1 1\n"), "1:8: unexpected text after the sample");
  EXPECT_EQ(FirstError("up{a=\"1\",a=\"2\"} 1\n"), "1:1: label \"a\" twice");
  EXPECT_EQ(FirstError("up{a=\"\xff\"} 1\n"), "1:6: label value is not UTF-8");
  EXPECT_EQ(FirstError("# TYPE up sort\n"), "1:11: unknown metric type \"sort\"");
  EXPECT_EQ(FirstError("{} 1\n"), "1:3: want a metric name");
  EXPECT_EQ(FirstError("<html>\n"), "1:1: want a metric name");
  EXPECT_EQ(FirstError("up 0x1p4\n"), "1:4: want a number, got \"0x1p4\"");
}

// Odd, but what the reference takes from a target.
TEST(TextFormat, ForgivesWhatTheReferenceForgives) {
  EXPECT_THAT(ParseAll("# HELP\n# TYPE\n# HELP a-b text\na{b=\"1\"c=\"2\"d=\"\n\"}3\na.5\n"),
              ElementsAre("a{b=\"1\", c=\"2\", d=\"\\n\"} 3.000000", "a 0.500000"));
}

TEST(OpenMetrics, NeedsItsEndAndCountsTimeInSeconds) {
  EXPECT_THAT(
      ParseAll("# TYPE a counter\na_total 1 1.5 # {id=\"x\"} 0.5 1\n# EOF\n", Format::kOpenMetrics),
      ElementsAre("a_total 1.000000 @1500 # {id=\"x\"}"));
  EXPECT_EQ(FirstError("a 1\n", Format::kOpenMetrics), "2:1: body does not end with # EOF");
  EXPECT_EQ(FirstError("# EOF\na 1\n", Format::kOpenMetrics), "1:7: text after # EOF");
  EXPECT_EQ(FirstError("# HELP a\n# EOF\n", Format::kOpenMetrics),
            "1:9: want a space after the metric name");
  EXPECT_EQ(FirstError("# UNIT a_s m\n# EOF\n", Format::kOpenMetrics),
            "1:12: unit \"m\" does not end the name \"a_s\"");
  EXPECT_EQ(FirstError("# TYPE a untyped\n# EOF\n", Format::kOpenMetrics),
            "1:10: unknown metric type \"untyped\"");
  EXPECT_EQ(FirstError("a  1\n# EOF\n", Format::kOpenMetrics), "1:3: want a number, got \"\"");
  EXPECT_EQ(FirstError("\n# EOF\n", Format::kOpenMetrics), "1:1: want a metric name");
}

TEST(Metadata, IsGivenWithItsFamily) {
  ExpositionParser parser("# HELP a_b some \\\\ text\n# TYPE a_b counter\n", Format::kText);
  EXPECT_EQ(*parser.Next(), Entry::kHelp);
  EXPECT_EQ(parser.metadata().family, "a_b");
  EXPECT_EQ(UnescapeText(parser.metadata().text), "some \\ text");
  EXPECT_EQ(*parser.Next(), Entry::kType);
  EXPECT_EQ(parser.metadata().text, "counter");
  EXPECT_EQ(*parser.Next(), Entry::kEnd);
}

TEST(KnownSample, ReadsTheValueAfterAKnownSeriesAndElseChangesNothing) {
  ExpositionParser parser("a{b=\"c\"} 5\na{b=\"c\"} 6 7\na{b=\"c\"}\tNaN\n", Format::kText);
  EXPECT_FALSE(parser.KnownSample(3));
  EXPECT_TRUE(parser.KnownSample(8));
  EXPECT_EQ(parser.sample().value, 5);
  EXPECT_EQ(parser.sample().series, "a{b=\"c\"}");
  EXPECT_TRUE(parser.KnownSample(8));
  EXPECT_EQ(parser.sample().timestamp_ms, 7);
  EXPECT_FALSE(parser.KnownSample(8));
  EXPECT_FALSE(parser.KnownSample(800));
  EXPECT_EQ(*parser.Next(), Entry::kSample);
  EXPECT_TRUE(std::isnan(parser.sample().value));
}

// Whatever stops a transfer, no prefix of a body may crash or loop.
TEST(ExpositionParser, SurvivesEveryPrefix) {
  const std::string body =
      "# TYPE a counter\na{b=\"c\\\"d\",e=\"f\"} 1 2\n# HELP a b\n{\"x\"} 3 # {a=\"b\"} 4 5\n# "
      "EOF\n";
  for (size_t size = 0; size <= body.size(); ++size) {
    ParseAll(std::string(body.substr(0, size)), Format::kText);
    ParseAll(std::string(body.substr(0, size)), Format::kOpenMetrics);
  }
}

}  // namespace
}  // namespace narthex::openmetrics
