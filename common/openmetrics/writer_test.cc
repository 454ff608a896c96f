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

TEST(ExpositionWriter, TakesAnotherFamilyOfTheNameAfterReset) {
  ExpositionWriter writer(Format::kText);
  writer.Add("m", Type::kGauge, "Old.").Sample({}, 1);
  writer.Reset();
  writer.Add("m", Type::kCounter, "New.").Sample({}, 2);
  std::string out;
  writer.Finish(out);
  EXPECT_EQ(out, "# HELP m New.\n# TYPE m counter\nm 2\n");
}

TEST(ExpositionWriter, IncludesFamiliesButThoseItHas) {
  const auto part = [](std::initializer_list<const char*> names) {
    auto writer = std::make_shared<ExpositionWriter>(Format::kText);
    for (const char* name : names) writer->Add(name, Type::kGauge, "Part.").Sample({}, 2);
    writer->Add("empty", Type::kGauge, "Empty.");
    return writer;
  };
  ExpositionWriter whole(Format::kText);
  whole.Add("c", Type::kGauge, "Own.").Sample({}, 1);
  EXPECT_THAT(whole.Include(part({"b", "c", "e"})), testing::ElementsAre("c"));
  EXPECT_THAT(whole.Include(part({"a", "d", "e"})), testing::ElementsAre("e"));
  EXPECT_EQ(whole.sample_count(), 5U);
  std::string out;
  whole.Finish(out);
  std::string expected;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    const bool own = std::string_view(name) == "c";
    expected += std::string("# HELP ") + name + (own ? " Own." : " Part.") + "\n# TYPE " + name +
                " gauge\n" + name + (own ? " 1\n" : " 2\n");
  }
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace narthex::openmetrics
