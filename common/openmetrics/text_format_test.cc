#include "common/openmetrics/text_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace narthex::openmetrics {
namespace {

using testing::ElementsAre;

std::vector<MetricFamily> Read(std::string_view body) {
  auto families = ReadText(body, NameScheme::kUtf8);
  EXPECT_TRUE(families.ok()) << families.message();
  return families.ok() ? std::move(*families) : std::vector<MetricFamily>();
}

std::string Error(std::string_view body, NameScheme names = NameScheme::kUtf8) {
  const auto families = ReadText(body, names);
  return families.ok() ? "" : std::string(families.message());
}

std::string Rewritten(std::string_view body) {
  std::string out;
  for (const MetricFamily& family : Read(body)) {
    AppendTextHeader(out, family);
    AppendTextSamples(out, family);
  }
  return out;
}

TEST(ReadText, GathersFamiliesInTheOrderOfTheirFirstMention) {
  const auto families = Read(
      "# HELP b Second \\\\ \\n.\n# TYPE a counter\na{z=\"1\",c=\"\"} 5 -17\nb 1\na{z=\"2\"} 6\n"
      "# TYPE empty gauge\n");
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[0].name, "b");
  EXPECT_EQ(families[0].help, "Second \\ \n.");
  EXPECT_EQ(families[0].type, Type::kUnknown);
  EXPECT_EQ(std::get<double>(families[0].metrics[0].point), 1);
  EXPECT_EQ(families[1].type, Type::kCounter);
  ASSERT_EQ(families[1].metrics.size(), 2u);
  EXPECT_THAT(families[1].metrics[0].labels, ElementsAre(LabelPair{"c", ""}, LabelPair{"z", "1"}));
  EXPECT_EQ(families[1].metrics[0].timestamp_ms, -17);
  EXPECT_EQ(std::get<CounterPoint>(families[1].metrics[1].point).value, 6);
}

TEST(ReadText, JoinsTheLinesOfHistogramsAndSummaries) {
  const auto families = Read(
      "# TYPE h histogram\nh_bucket{le=\"1\",a=\"b\"} 2\nh_bucket{le=\"+Inf\",a=\"b\"} 3\n"
      "h_bucket{le=\"+Inf\",a=\"c\"} 1.5\nh_sum{a=\"b\"} 4\nh_count{a=\"b\"} 3\n"
      "# TYPE s summary\ns{quantile=\"0.9\"} 7\ns{quantile=\"0.5\"} NaN\ns_sum 1\n");
  ASSERT_EQ(families.size(), 2u);
  ASSERT_EQ(families[0].metrics.size(), 2u);
  const auto& b = std::get<HistogramPoint>(families[0].metrics[0].point);
  ASSERT_EQ(b.buckets.size(), 2u);
  EXPECT_EQ(b.buckets[0].cumulative_count, 2);
  EXPECT_TRUE(std::isinf(b.buckets[1].upper_bound));
  EXPECT_EQ(b.sum, 4);
  EXPECT_EQ(b.count, 3);
  EXPECT_FALSE(b.float_counts);
  EXPECT_TRUE(std::get<HistogramPoint>(families[0].metrics[1].point).float_counts);
  const auto& s = std::get<SummaryPoint>(families[1].metrics[0].point);
  ASSERT_EQ(s.quantiles.size(), 2u);
  EXPECT_EQ(s.quantiles[0].quantile, 0.5);
  EXPECT_FALSE(s.count);
}

TEST(ReadText, TakesNamesThatNeedQuotesWhereTheSchemeDoes) {
  const std::string body = "# TYPE \"my.metric\" gauge\n{\"my.metric\",\"my label\"=\"v\"} 2\n";
  EXPECT_EQ(Rewritten(body), body);
  EXPECT_EQ(Rewritten("{a=\"b\", \"x\\\"y\"} 2\n"),
            "# TYPE \"x\\\"y\" untyped\n{\"x\\\"y\",a=\"b\"} 2\n");
  EXPECT_EQ(Error(body, NameScheme::kLegacy), "1:8: invalid metric name \"my.metric\"");
  EXPECT_EQ(Error("a{\"b c\"=\"d\"} 1\n", NameScheme::kLegacy), "1:3: invalid label name \"b c\"");
}

// What the Pushgateway refuses.
TEST(ReadText, RefusesWithLineAndColumn) {
  EXPECT_EQ(Error("a 1"), "1:4: line without end");
  EXPECT_EQ(Error("# HELP a b"), "1:11: line without end");
  EXPECT_EQ(Error("a 1 \n"), "1:5: want a timestamp, got \"\"");
  EXPECT_EQ(Error("a 1 1.5\n"), "1:5: want a timestamp, got \"1.5\"");
  EXPECT_EQ(Error("a 1 2 3\n"), "1:6: unexpected text after the sample");
  EXPECT_EQ(Error("# HELP a b\n# HELP a c\n"), "2:10: second HELP of \"a\"");
  EXPECT_EQ(Error("# TYPE a gauge\n# TYPE a gauge\n"),
            "2:10: second TYPE of \"a\", or TYPE after samples");
  EXPECT_EQ(Error("a 1\n# TYPE a gauge\n"), "2:10: second TYPE of \"a\", or TYPE after samples");
  EXPECT_EQ(Error("# TYPE a unknown\n"), "1:10: unknown metric type \"unknown\"");
  EXPECT_EQ(Error("# HELP a \\x\n"), "1:10: unknown escape in help");
  EXPECT_EQ(Error("a{b=\"\\x\"} 1\n"), "1:5: unknown escape in label value");
  EXPECT_EQ(Error("a{b=\"1\",b=\"2\"} 1\n"), "1:1: label \"b\" twice");
  EXPECT_EQ(Error("a{__name__=\"b\"} 1\n"), "1:3: label name __name__ is reserved");
  EXPECT_EQ(Error("{} 1\n"), "1:1: want a metric name");
  EXPECT_EQ(Error("{\"a\",\"b\"} 1\n"), "1:6: metric name given twice");
  EXPECT_EQ(Error("a{b=\"\xff\"} 1\n"), "1:5: label value is not UTF-8");
  EXPECT_EQ(Error("a{b=\"c\" 1\n"), "1:9: want ',' or '}' after a label");
  EXPECT_EQ(Error("a{b=\"c\",\n"), "1:2: label block not closed");
  EXPECT_EQ(Error("a 0x1p4\n"), "1:3: want a number, got \"0x1p4\"");
  EXPECT_EQ(Error("# TYPE h histogram\nh_bucket{le=\"1\"} -1\n"),
            "2:1: negative count of a histogram");
  EXPECT_EQ(Error("# TYPE h histogram\nh_bucket{le=\"one\"} 1\n"),
            "2:1: want a number as le, got \"one\"");
  EXPECT_EQ(Error("# TYPE s summary\ns 1\n"),
            "2:1: a summary's sample wants quantile, _sum or _count");
  EXPECT_EQ(Error("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 1\n"),
            "2:1: a metric of \"h\" has a bucket or quantile twice");
}

TEST(ReadText, PassesOverWhatSaysNothing) {
  EXPECT_EQ(
      Rewritten("#\n# a remark\n\n  \t\n# HELP\n# HELP a\n# TYPE a \na 1\n#TYPE b gauge\nb 2\n"),
      "# TYPE a untyped\na 1\n# TYPE b gauge\nb 2\n");
}

TEST(AppendText, WritesWhatTheFormatHas) {
  MetricFamily info{"build_info", Type::kInfo, "Built\nfrom.", "", {}};
  info.metrics.push_back({{{"version", "1"}}, 1.0, {}});
  std::string out;
  AppendTextHeader(out, info);
  AppendTextSamples(out, info);
  EXPECT_EQ(
      out,
      "# HELP build_info Built\\nfrom.\n# TYPE build_info gauge\nbuild_info{version=\"1\"} 1\n");

  MetricFamily states{"door", Type::kStateSet, "", "", {}};
  states.metrics.push_back({{}, StateSetPoint{{{"open", true}, {"shut", false}}}, {}});
  out.clear();
  AppendTextSamples(out, states);
  EXPECT_EQ(out, "door{door=\"open\"} 1\ndoor{door=\"shut\"} 0\n");
}

TEST(AppendText, ClosesBucketsWithTheCount) {
  HistogramPoint point;
  point.count = 3;
  point.sum = 4.5;
  point.buckets = {{1, 2, {}}};
  MetricFamily family{"h", Type::kHistogram, "", "", {{{}, point, {}}}};
  std::string out;
  AppendTextSamples(out, family);
  EXPECT_EQ(out, "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\nh_sum 4.5\nh_count 3\n");
}

TEST(AppendText, ShowsCustomBucketsAsClassicOnes) {
  NativeHistogram native;
  native.schema = NativeHistogram::kCustomBuckets;
  native.custom_bounds = {1, 2, 5};
  native.positive.spans = {{0, 1}, {1, 2}};  // nothing between 1 and 2
  native.positive.counts = {4, 3, 1};
  HistogramPoint point;
  point.count = 8;
  point.native = std::make_shared<NativeHistogram>(native);
  MetricFamily family{"h", Type::kHistogram, "", "", {{{}, point, {}}}};
  std::string out;
  AppendTextSamples(out, family);
  EXPECT_EQ(out,
            "h_bucket{le=\"1\"} 4\nh_bucket{le=\"2\"} 4\nh_bucket{le=\"5\"} 7\n"
            "h_bucket{le=\"+Inf\"} 8\nh_count 8\n");
}

}  // namespace
}  // namespace narthex::openmetrics
