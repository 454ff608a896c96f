#include "tool/metrics_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/openmetrics/formats.h"

namespace narthex::tool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Lint(std::string_view body,
                              openmetrics::Format format = openmetrics::Format::kText) {
  const auto families = ReadFamilies(body, format, openmetrics::NameScheme::kUtf8);
  EXPECT_TRUE(families.ok()) << families.message();
  std::vector<std::string> lines;
  for (const LintFinding& finding : LintMetrics(*families)) {
    lines.push_back(finding.family + " " + finding.text);
  }
  return lines;
}

// With help, so that only the rule under test speaks.
std::vector<std::string> LintNamed(const std::string& name, const std::string& type,
                                   const std::string& labels = "") {
  const std::string sample = type == "histogram" ? name + "_sum" : name;
  return Lint("# HELP " + name + " Text.\n# TYPE " + name + " " + type + "\n" + sample + labels +
              " 1\n");
}

TEST(LintMetrics, HasNothingToSayOfGoodPractice) {
  EXPECT_THAT(LintNamed("http_requests_total", "counter", "{code=\"200\"}"), IsEmpty());
  EXPECT_THAT(LintNamed("request_duration_seconds", "histogram"), IsEmpty());
  EXPECT_THAT(LintNamed("temperature_celsius", "gauge"), IsEmpty());
}

TEST(LintMetrics, MissesHelp) { EXPECT_THAT(Lint("a 1\n"), ElementsAre("a has no help text")); }

TEST(LintMetrics, WantsTheSuffixOfCountersOnCountersOnly) {
  EXPECT_THAT(LintNamed("a", "counter"),
              ElementsAre("a is a counter, so its name should end in _total"));
  EXPECT_THAT(LintNamed("a_total", "gauge"),
              ElementsAre("a_total is no counter, so its name should not end in _total"));
  EXPECT_THAT(LintNamed("a_total", "untyped"), IsEmpty());
}

TEST(LintMetrics, WantsBaseUnitsSpelledOut) {
  EXPECT_THAT(LintNamed("a_milliseconds", "gauge"),
              ElementsAre("a_milliseconds should be in seconds, not milliseconds"));
  EXPECT_THAT(LintNamed("a_bits_free", "gauge"),
              ElementsAre("a_bits_free should be in bytes, not bits"));
  EXPECT_THAT(LintNamed("a_ms", "gauge"), ElementsAre("a_ms should spell its unit out"));
  EXPECT_THAT(LintNamed("a_kilobytes_hours", "gauge"),
              ElementsAre("a_kilobytes_hours should be in bytes, not kilobytes"));
}

TEST(LintMetrics, KeepsReservedSuffixesAndLabelsApart) {
  EXPECT_THAT(LintNamed("a_bucket", "gauge", "{le=\"1\"}"),
              ElementsAre("a_bucket is no histogram, so it should have no label le",
                          "a_bucket is no histogram, so its name should not end in _bucket"));
  EXPECT_THAT(LintNamed("a_sum", "gauge", "{quantile=\"1\"}"),
              ElementsAre("a_sum is no histogram or summary, so its name should not end in _sum",
                          "a_sum is no summary, so it should have no label quantile"));
  EXPECT_THAT(LintNamed("a_count", "untyped", "{le=\"1\"}"), IsEmpty());
}

TEST(LintMetrics, WantsPlainNames) {
  EXPECT_THAT(LintNamed("a_gauge_x", "gauge"),
              ElementsAre("a_gauge_x should not have its type in its name: gauge"));
  EXPECT_THAT(LintNamed("a:b", "gauge"),
              ElementsAre("a:b should have no ':' in its name, which is for recording rules"));
  EXPECT_THAT(LintNamed("aB", "gauge", "{cD=\"1\"}"),
              ElementsAre("aB should be spelled in snake_case, not camelCase",
                          "aB should have labels in snake_case, not camelCase: cD"));
}

TEST(LintMetrics, SeesDuplicates) {
  EXPECT_THAT(Lint("# HELP a A.\n# TYPE a gauge\na{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 2\n"),
              ElementsAre("a has a metric twice"));
}

TEST(LintMetrics, TakesAnInfoForWhatItIs) {
  EXPECT_THAT(Lint("# TYPE build info\n# HELP build Text.\nbuild_info{version=\"1\"} 1\n# EOF\n",
                   openmetrics::Format::kOpenMetrics),
              IsEmpty());
}

}  // namespace
}  // namespace narthex::tool
