#include "common/openmetrics/openmetrics_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/openmetrics/formats.h"
#include "common/openmetrics/openmetrics_lines.h"

namespace narthex::openmetrics {
namespace {

// The error of a body, to which the end is added; empty where there is none.
std::string Error(std::string_view body, NameScheme names = NameScheme::kLegacy) {
  const auto families = ReadOpenMetrics(std::string(body) + "# EOF\n", names);
  return families.ok() ? "" : std::string(families.message());
}

std::string ErrorOf(const std::string& type, const std::string& samples) {
  return Error("# TYPE a " + type + "\n" + samples);
}

std::vector<MetricFamily> Read(std::string_view body) {
  auto families = ReadOpenMetrics(body, NameScheme::kLegacy);
  EXPECT_TRUE(families.ok()) << families.message();
  return families.ok() ? std::move(*families) : std::vector<MetricFamily>();
}

TEST(ReadOpenMetrics, NamesCountersAndInfosAsTheOtherFormatsDo) {
  const auto families = Read(
      "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Some \\\"text\\n\n"
      "a_seconds_total{x=\"\\z\"} 5 1.5 # {id=\"t\"} 0.5 2.25\na_seconds_created{x=\"\\z\"} 7 1.5\n"
      "# TYPE b info\nb_info{version=\"1\"} 1\n# TYPE none gauge\n# EOF\n");
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[0].name, "a_seconds_total");
  EXPECT_EQ(families[0].unit, "seconds");
  EXPECT_EQ(families[0].help, "Some \"text\n");
  const Metric& metric = families[0].metrics.at(0);
  EXPECT_EQ(metric.labels.at(0).value, "\\z");
  EXPECT_EQ(metric.timestamp_ms, 1500);
  const auto& counter = std::get<CounterPoint>(metric.point);
  EXPECT_EQ(counter.value, 5);
  EXPECT_EQ(counter.created_ms, 7000);
  EXPECT_EQ(counter.exemplar->timestamp_ms, 2250);
  EXPECT_EQ(families[1].name, "b_info");
  EXPECT_EQ(families[1].type, Type::kInfo);
}

TEST(ReadOpenMetrics, MakesOnePointOfEachTimestamp) {
  const auto families = Read(
      "# TYPE s summary\ns_count{a=\"b\"} 1 123\ns_sum{a=\"b\"} 2 123\ns_count{a=\"b\"} 3 456\n"
      "s_sum{a=\"b\"} 4 456\ns_count{a=\"c\"} 5 123\n# EOF");
  ASSERT_EQ(families.at(0).metrics.size(), 3u);
  EXPECT_EQ(std::get<SummaryPoint>(families[0].metrics[1].point).sum, 4);
  EXPECT_EQ(families[0].metrics[1].timestamp_ms, 456000);
  EXPECT_EQ(families[0].metrics[2].labels.at(0).value, "c");
}

TEST(ReadOpenMetrics, HoldsTheGrammar) {
  EXPECT_EQ(Error(""), "");
  EXPECT_EQ(Error("a{} 1\nb{c=\"\"} +Inf\nd nAn\ne -.5e+3\nf 5.\n"), "");
  EXPECT_EQ(Error("\n"), "1:1: want a metric name");
  EXPECT_EQ(Error("a  1\n"), "1:3: want a number, got \"\"");
  EXPECT_EQ(Error("a 1 \n"), "1:5: want a timestamp, got \"\"");
  EXPECT_EQ(Error("a 1\r\n"), "1:3: want a number, got \"1\\x0d\"");
  EXPECT_EQ(Error("a -nan\n"), "1:3: want a number, got \"-nan\"");
  EXPECT_EQ(Error("a 1e999\n"), "1:3: want a number, got \"1e999\"");
  EXPECT_EQ(Error("a 1 NaN\n"), "1:5: want a timestamp, got \"NaN\"");
  EXPECT_EQ(Error("a{b=\"c\",} 1\n"), "1:9: want a label name");
  EXPECT_EQ(Error("a{b=\"c\", d=\"e\"} 1\n"), "1:9: want a label name");
  EXPECT_EQ(Error("a{b=\"c\"}1\n"), "1:9: want a space and a value");
  EXPECT_EQ(Error("a{a:b=\"c\"} 1\n"), "1:4: want '=' after the label name");
  EXPECT_EQ(Error("a{_b=\"c\"} 1\n"),
            "1:3: label names that begin with an underscore are reserved");
  EXPECT_EQ(Error("_a 1\n"), "1:1: metric names that begin with an underscore are reserved");
  EXPECT_EQ(Error("#  TYPE a gauge\n"), "1:1: want # TYPE, # HELP, # UNIT or # EOF");
  EXPECT_EQ(Error("# TYPE a Gauge\n"), "1:1: unknown metric type \"Gauge\"");
  EXPECT_EQ(Error("# HELP a\n"), "1:9: want a space after the metric name");
  EXPECT_EQ(Error("# HELP a b\\\n"), "1:10: help ends within an escape");
  EXPECT_EQ(Error("# HELP a b\r\n"), "1:10: line ends in \\r\\n");
  EXPECT_EQ(Error("# HELP a \xff\n"), "1:10: help is not UTF-8");
  const auto cut = ReadOpenMetrics("a 1\n", NameScheme::kLegacy);
  EXPECT_EQ(cut.message(), "2:1: body does not end with # EOF");
  const auto more = ReadOpenMetrics("# EOF\n\n", NameScheme::kLegacy);
  EXPECT_EQ(more.message(), "1:7: text after # EOF");
}

TEST(ReadOpenMetrics, WantsMetadataOnceAndFirst) {
  EXPECT_EQ(Error("# HELP a \n# UNIT a \n# TYPE a gauge\na 1\n"), "");
  EXPECT_EQ(Error("# TYPE a gauge\n# HELP b x\n# HELP a x\n"),
            "3:1: family \"a\" is interleaved or given twice");
  EXPECT_EQ(Error("# HELP a \n# HELP a x\n"), "2:1: metadata of \"a\" twice");
  EXPECT_EQ(Error("a 1\n# TYPE a gauge\n"), "2:1: metadata of \"a\" after its samples");
  EXPECT_EQ(Error("# UNIT a_s s\n# TYPE a_s counter\na_s_total 1\n"), "");
  EXPECT_EQ(Error("# UNIT as s\n"), "1:1: unit \"s\" does not end the name \"as\"");
  EXPECT_EQ(Error("# UNIT a_s s\n# TYPE a_s stateset\n"), "3:1: stateset with a unit");
}

TEST(ReadOpenMetrics, WantsFamiliesAndMetricsTogether) {
  EXPECT_EQ(Error("a 1\nb 1\na{c=\"d\"} 1\n"), "3:1: family \"a\" is interleaved or given twice");
  EXPECT_EQ(Error("a{c=\"1\"} 1\na{c=\"2\"} 1\na{c=\"1\"} 1\n"),
            "3:1: metric \"a\" is interleaved or given twice");
  EXPECT_EQ(Error("a 1\na 1\n"), "2:1: metric given twice");
  EXPECT_EQ(Error("a 1 1\na 1 1.0\n"), "2:1: metric given twice");
  EXPECT_EQ(Error("a 1 2\na 1 1\n"), "2:1: timestamps of one metric go backwards");
  EXPECT_EQ(Error("a 1 2\na 1\n"), "2:1: samples of one metric with and without a timestamp");
  // Nearer to each other than any float could tell.
  EXPECT_EQ(Error("a 1 1520879607.7890000000000000001\na 1 1520879607.7890000000000000002\n"), "");
}

TEST(ReadOpenMetrics, SeesNamesThatMightClash) {
  const std::string finding = "samples \"a_created\" might be of two families";
  EXPECT_EQ(Error("# TYPE a counter\n# TYPE a_created gauge\n"), "3:1: " + finding);
  EXPECT_EQ(Error("a_created 1\n# TYPE a summary\n"), "3:1: " + finding);
  EXPECT_EQ(Error("# TYPE a gauge\n# TYPE a_created gauge\n"), "");
  EXPECT_EQ(Error("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_total 1\n"), "");
  EXPECT_EQ(Error("# TYPE a info\na 1\n"), "2:1: family \"a\" is interleaved or given twice");
}

TEST(ReadOpenMetrics, ChecksCountersAndSingleValues) {
  EXPECT_EQ(ErrorOf("counter", "a_total 0\na_created 1\n"), "");
  EXPECT_EQ(ErrorOf("counter", "a_total -1\n"), "2:1: a counter is a number, not negative");
  EXPECT_EQ(ErrorOf("counter", "a_total NaN\n"), "2:1: a counter is a number, not negative");
  EXPECT_EQ(ErrorOf("counter", "a_created 1\n"), "2:1: counter without its _total");
  EXPECT_EQ(ErrorOf("counter", "a_total 1\na_created NaN\n"), "3:1: _created wants a time");
  EXPECT_EQ(ErrorOf("gauge", "a NaN\n"), "");
  EXPECT_EQ(ErrorOf("info", "a_info{b=\"c\"} 0\n"), "2:1: the value of an info is 1");
  EXPECT_EQ(ErrorOf("stateset", "a{a=\"x\"} 1\na{a=\"y\"} 0\na{b=\"c\",a=\"x\"} 1\n"), "");
  EXPECT_EQ(ErrorOf("stateset", "a{a=\"x\"} 0.5\n"), "2:1: the value of a state is 0 or 1");
  EXPECT_EQ(ErrorOf("stateset", "a{a=\"x\"} 1\na{a=\"x\"} 0\n"), "3:1: state \"x\" twice");
  EXPECT_EQ(ErrorOf("stateset", "a{b=\"x\"} 1\n"), "2:1: want a label a in a");
}

TEST(ReadOpenMetrics, ChecksHistograms) {
  EXPECT_EQ(
      ErrorOf("histogram", "a_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2.0\na_count 2\na_sum 3\n"),
      "");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"1\"} 1\n"), "2:1: histogram without a +Inf bucket");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\n"),
            "3:1: buckets are not in increasing order of le");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"1\"} 1\na_bucket{le=\"1.0\"} 1\n"),
            "3:1: buckets are not in increasing order of le");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"),
            "3:1: a bucket counts less than the one below it");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"+Inf\"} 1.5\n"),
            "2:1: a bucket wants a whole number, not negative");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"+Inf\"} 1\na_count 1\n"),
            "2:1: _sum and _count go together");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n"),
            "2:1: _count differs from the +Inf bucket");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"+Inf\"} 1\na_sum -1\na_count 1\n"),
            "2:1: _sum is negative");
  EXPECT_EQ(
      ErrorOf("histogram", "a_bucket{le=\"-1\"} 0\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n"),
      "2:1: a histogram with a negative bucket has no _sum");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"Inf\"} 1\n"),
            "2:1: infinity as le is spelled +Inf, got \"Inf\"");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"-Inf\"} 1\n"),
            "2:1: histogram without a +Inf bucket");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket 1\n"), "2:1: want a label le in a_bucket");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"+Inf\"} 1\na_sum{le=\"1\"} 1\n"),
            "3:1: unexpected label le in a_sum");
  EXPECT_EQ(ErrorOf("gaugehistogram",
                    "a_bucket{le=\"-1\"} 1\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum -5\n"),
            "");
  EXPECT_EQ(ErrorOf("gaugehistogram", "a_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum -5\n"),
            "2:1: _gsum is negative");
}

TEST(ReadOpenMetrics, ChecksSummaries) {
  EXPECT_EQ(ErrorOf("summary", "a{quantile=\"1\"} NaN\na{quantile=\"0\"} 0\na_sum 0.5\n"), "");
  EXPECT_EQ(ErrorOf("summary", "a{quantile=\"1.5\"} 0\n"),
            "2:1: want a quantile from 0 to 1, got \"1.5\"");
  EXPECT_EQ(ErrorOf("summary", "a{quantile=\"1\"} -1\n"), "2:1: negative value of a quantile");
  EXPECT_EQ(ErrorOf("summary", "a{quantile=\"1\"} 1\na{quantile=\"1.0\"} 1\n"),
            "3:1: quantile 1.0 twice");
  EXPECT_EQ(ErrorOf("summary", "a 1\n"), "2:1: want a label quantile in a");
  EXPECT_EQ(ErrorOf("summary", "a_count 1.5\n"), "2:1: _count wants a whole number, not negative");
  EXPECT_EQ(ErrorOf("summary", "a_count 1\na_count 1\n"), "3:1: _count twice");
}

TEST(ReadOpenMetrics, ChecksExemplars) {
  const std::string start = "a_total 1 # ";
  EXPECT_EQ(ErrorOf("counter", start + "{} 1\n"), "");
  EXPECT_EQ(ErrorOf("counter", start + "{b=\"" + std::string(127, 'x') + "\"} 1\n"), "");
  EXPECT_EQ(ErrorOf("counter", start + "{b=\"" + std::string(128, 'x') + "\"} 1\n"),
            "2:13: labels of an exemplar have 129 characters, at most 128 are allowed");
  EXPECT_EQ(ErrorOf("counter", start + "1\n"), "2:13: want '{' of an exemplar");
  EXPECT_EQ(ErrorOf("counter", start + "{} 1 +Inf\n"), "2:18: want a timestamp, got \"+Inf\"");
  EXPECT_EQ(ErrorOf("gauge", "a 1 # {} 1\n"),
            "2:1: only a counter's total and a bucket may have an exemplar");
  EXPECT_EQ(ErrorOf("histogram", "a_bucket{le=\"1\"} 1 # {} 1.5\n"),
            "2:1: the exemplar's value is not within its bucket");
}

TEST(ReadOpenMetrics, TakesQuotedNamesOnlyWhereAsked) {
  const std::string_view body = "# TYPE \"my.a\" counter\n{\"my.a_total\",\"b c\"=\"d\"} 1\n";
  EXPECT_EQ(Error(body, NameScheme::kUtf8), "");
  EXPECT_EQ(Error(body), "1:8: want a metric name");
  EXPECT_EQ(Error("{\"a\"} 1\n"), "1:1: want a metric name");
}

TEST(Decimal, OrdersExactly) {
  constexpr const char* kAscending[] = {"-1e3",
                                        "-999.5",
                                        "-0.001",
                                        "0",
                                        "1e-400",
                                        "0.001",
                                        "0.0010000000000000000000001",
                                        "9",
                                        "10",
                                        "1e2",
                                        "12345678901234567890.1",
                                        "12345678901234567890.12"};
  for (size_t i = 0; i < std::size(kAscending); ++i) {
    for (size_t j = 0; j < std::size(kAscending); ++j) {
      const int order = Decimal(kAscending[i]).Compare(Decimal(kAscending[j]));
      EXPECT_EQ(order < 0, i < j) << kAscending[i] << " " << kAscending[j];
      EXPECT_EQ(order > 0, i > j) << kAscending[i] << " " << kAscending[j];
    }
  }
  EXPECT_EQ(Decimal("1.50e1").Compare(Decimal("+0015")), 0);
  EXPECT_EQ(Decimal("-0.0").Compare(Decimal("0e9")), 0);
}

TEST(AppendOpenMetrics, WritesMetadataAndCanonicalNumbers) {
  HistogramPoint point;
  point.count = 3;
  point.sum = 4.5;
  point.buckets = {{1, 2, Exemplar{LabelSet::Of({{"id", "x"}}), 0.25, 1234}}, {1e6, 3, {}}};
  point.created_ms = -1500;
  MetricFamily family{"h_seconds", Type::kHistogram, "Some \"help\".", "seconds", {}};
  family.metrics.push_back({{{"a", "b"}}, point, 1520879607789});
  std::string out;
  AppendOpenMetrics(out, family);
  EXPECT_EQ(out,
            "# TYPE h_seconds histogram\n# UNIT h_seconds seconds\n"
            "# HELP h_seconds Some \\\"help\\\".\n"
            "h_seconds_bucket{a=\"b\",le=\"1.0\"} 2 1520879607.789 # {id=\"x\"} 0.25 1.234\n"
            "h_seconds_bucket{a=\"b\",le=\"1e+06\"} 3 1520879607.789\n"
            "h_seconds_bucket{a=\"b\",le=\"+Inf\"} 3 1520879607.789\n"
            "h_seconds_count{a=\"b\"} 3 1520879607.789\nh_seconds_sum{a=\"b\"} 4.5 1520879607.789\n"
            "h_seconds_created{a=\"b\"} -1.5 1520879607.789\n");
}

TEST(AppendOpenMetrics, LeavesACounterWithoutItsSuffixUntyped) {
  MetricFamily family{"requests", Type::kCounter, "", "seconds", {}};
  family.metrics.push_back({{}, CounterPoint{5, Exemplar(), 1}, {}});
  std::string out;
  AppendOpenMetrics(out, family);
  EXPECT_EQ(out, "# TYPE requests unknown\nrequests 5\n");
}

}  // namespace
}  // namespace narthex::openmetrics
