#include "common/openmetrics/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/openmetrics/parser.h"

namespace narthex::openmetrics {
namespace {

std::string Written(Format format) {
  ExpositionWriter writer(format);
  writer.Add("b_total", Type::kCounter, "Has \"quotes\"\nand lines.").Sample({{"x", "a\"b\\"}}, 2);
  writer.Add("a_celsius", Type::kGauge, "Warm.").Sample({}, 20.5);
  writer.Add("b_total", Type::kCounter, "Has \"quotes\"\nand lines.").Sample({{"x", "c"}}, 3);
  writer.Add("empty", Type::kGauge, "Nobody.");
  std::string out;
  writer.Finish(out);
  return out;
}

TEST(ExpositionWriter, JoinsFamiliesSortedWithHeadersOnce) {
  EXPECT_EQ(Written(Format::kText),
            "# HELP a_celsius Warm.\n# TYPE a_celsius gauge\na_celsius 20.5\n"
            "# HELP b_total Has \"quotes\"\\nand lines.\n# TYPE b_total counter\n"
            "b_total{x=\"a\\\"b\\\\\"} 2\nb_total{x=\"c\"} 3\n");
}

TEST(ExpositionWriter, CutsTheCounterSuffixFromTheOpenMetricsFamily) {
  EXPECT_EQ(Written(Format::kOpenMetrics),
            "# HELP a_celsius Warm.\n# TYPE a_celsius gauge\na_celsius 20.5\n"
            "# HELP b Has \\\"quotes\\\"\\nand lines.\n# TYPE b counter\n"
            "b_total{x=\"a\\\"b\\\\\"} 2\nb_total{x=\"c\"} 3\n# EOF\n");
}

TEST(ExpositionWriter, ReplacesBytesThatAreNoUtf8) {
  ExpositionWriter writer(Format::kText);
  writer.Add("m", Type::kGauge, "h").Sample({{"x", "a\xff"}}, 1);
  std::string out;
  writer.Finish(out);
  EXPECT_NE(out.find("m{x=\"a\xef\xbf\xbd\"} 1"), std::string::npos);
}

TEST(ExpositionWriter, KeepsNothingAfterReset) {
  ExpositionWriter writer(Format::kText);
  writer.Add("m", Type::kGauge, "h").Sample({}, 1);
  writer.Reset();
  std::string out;
  writer.Finish(out);
  EXPECT_EQ(out, "");
}

TEST(ExpositionWriter, TakesFamiliesOverButForThoseItHas) {
  ExpositionWriter whole(Format::kText);
  whole.Add("a", Type::kGauge, "First.").Sample({}, 1);
  ExpositionWriter part(Format::kText);
  part.Add("a", Type::kGauge, "Second.").Sample({}, 2);
  Family& moved = part.Add("b", Type::kGauge, "Moved.");
  whole.Take(part);
  moved.Sample({}, 3);
  EXPECT_THAT(part.names(), testing::ElementsAre("a"));
  std::string out;
  whole.Finish(out);
  EXPECT_EQ(out, "# HELP a First.\n# TYPE a gauge\na 1\n# HELP b Moved.\n# TYPE b gauge\nb 3\n");
}

}  // namespace
}  // namespace narthex::openmetrics
