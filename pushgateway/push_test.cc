#include "pushgateway/push.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/openmetrics/formats.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Format;
using openmetrics::NameScheme;
using openmetrics::Type;

GroupKey Key(std::string_view path) { return *ParseGroupPath(path, true); }

Result<std::vector<PreparedFamily>> PrepareText(std::string_view body, const GroupKey& key) {
  ASSIGN_OR_RETURN(auto families,
                   openmetrics::ReadFamilies(body, Format::kText1, NameScheme::kUtf8));
  return Prepare(std::move(families), key);
}

std::string Lines(std::string_view body, std::string_view path = "job/j") {
  const auto prepared = PrepareText(body, Key(path));
  if (!prepared.ok()) return std::string(prepared.message());
  std::string lines;
  for (const PreparedFamily& family : *prepared) lines += family.text;
  return lines;
}

TEST(Prepare, GivesEachMetricTheLabelsOfItsGroup) {
  EXPECT_EQ(Lines("b{x=\"1\",job=\"own\"} 1\na 2\n"),
            "a{instance=\"\",job=\"j\"} 2\n"
            "b{instance=\"\",job=\"j\",x=\"1\"} 1\n");
  EXPECT_EQ(Lines("a{instance=\"own\"} 1\n"), "a{instance=\"own\",job=\"j\"} 1\n");
  EXPECT_EQ(Lines("a{instance=\"own\"} 1\n", "job/j/instance/i/x@base64/="),
            "a{instance=\"i\",job=\"j\",x=\"\"} 1\n");
}

TEST(Prepare, DropsTheTimesThatTheStoreKeeps) {
  EXPECT_EQ(Lines("push_time_seconds 1\npush_failure_time_seconds{x=\"1\"} 1\n"), "");
}

TEST(Prepare, NamesWhatCannotBeExposed) {
  EXPECT_EQ(Lines("a{x=\"1\"} 1 1000\n"), "pushed metrics must not have timestamps: a{x=\"1\"}");
  EXPECT_EQ(Lines("a{__x=\"1\"} 1\n"),
            "a{__x=\"1\",instance=\"\",job=\"j\"}: label name \"__x\" is reserved");
  EXPECT_EQ(Lines("# TYPE a summary\na_sum 1\n", "job/j/quantile/1"),
            "a{instance=\"\",job=\"j\",quantile=\"1\"}: label name \"quantile\" is reserved");
  EXPECT_EQ(Lines("a{job=\"1\"} 1\na{job=\"2\"} 2\n"),
            "a{instance=\"\",job=\"j\"} is in the push twice, after the group's labels have taken "
            "the place of its own");
}

// What only the protobuf format can say.
TEST(Prepare, RefusesBucketsThatWouldBeOneLineTwice) {
  openmetrics::HistogramPoint histogram{.count = 3, .buckets = {{2, 3}, {1, 1}}};
  MetricFamily family{"h", Type::kHistogram};
  family.metrics.push_back({{}, histogram});
  EXPECT_THAT(Prepare({family}, Key("job/j"))->front().text,
              testing::StartsWith("h_bucket{instance=\"\",job=\"j\",le=\"1\"} 1\n"
                                  "h_bucket{instance=\"\",job=\"j\",le=\"2\"} 3\n"));
  histogram.buckets.push_back({1, 3});
  family.metrics.front().point = histogram;
  EXPECT_EQ(Prepare({family}, Key("job/j")).message(),
            "h{instance=\"\",job=\"j\"}: bucket le=\"1\" twice, or no number");
}

// A family must have lines, or it could not be read back.
TEST(Prepare, ShowsASumOrCountThatIsMissingAsZero) {
  MetricFamily summary{"s", Type::kSummary};
  summary.metrics.push_back({{}, openmetrics::SummaryPoint{}});
  EXPECT_EQ(Prepare({summary}, Key("job/j"))->front().text,
            "s_sum{instance=\"\",job=\"j\"} 0\ns_count{instance=\"\",job=\"j\"} 0\n");
  MetricFamily histogram{"h", Type::kHistogram};
  histogram.metrics.push_back({{}, openmetrics::HistogramPoint{}});
  EXPECT_EQ(Prepare({histogram}, Key("job/j"))->front().text,
            "h_bucket{instance=\"\",job=\"j\",le=\"+Inf\"} 0\n"
            "h_sum{instance=\"\",job=\"j\"} 0\nh_count{instance=\"\",job=\"j\"} 0\n");
  EXPECT_EQ(Lines("# TYPE s summary\ns_count 2\n"),
            "s_sum{instance=\"\",job=\"j\"} 0\ns_count{instance=\"\",job=\"j\"} 2\n");
}

TEST(Prepare, KeepsBesideTheTextWhatTextDoesNotCarry) {
  MetricFamily family{"c_total", Type::kCounter, "Help."};
  family.metrics.push_back({{}, openmetrics::CounterPoint{.value = 1, .created_ms = 1000}});
  const auto prepared = Prepare({family}, Key("job/j"));
  const PreparedFamily& one = prepared->front();
  EXPECT_FALSE(one.exact.empty());
  family.metrics.front().labels = {{"instance", ""}, {"job", "j"}};
  EXPECT_TRUE(Same(Restore(one.name, one.type, one.help, one.text, one.exact), family));
}

TEST(Restore, GivesBackWhatWasPrepared) {
  const std::string_view body =
      "# HELP h Help \\\\ \\n.\n# TYPE h histogram\n"
      "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n"
      "# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_sum 1e300\ns_count 4\n"
      "{\"my.name\",\"my label\"=\"a\\\"b\"} -Inf\n";
  const auto prepared = PrepareText(body, Key("job/j"));
  ASSERT_TRUE(prepared.ok()) << prepared.message();
  ASSERT_EQ(prepared->size(), 3U);
  for (const PreparedFamily& family : *prepared) {
    const auto again = Prepare(
        {Restore(family.name, family.type, family.help, family.text, family.exact)}, Key("job/j"));
    ASSERT_TRUE(again.ok()) << again.message();
    EXPECT_EQ(again->front().text, family.text);
    EXPECT_EQ(again->front().series, family.series);
    EXPECT_EQ(family.utf8_names, family.name == "my.name");
  }
}

}  // namespace
}  // namespace narthex::pushgateway
