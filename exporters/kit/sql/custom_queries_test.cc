#include "exporters/kit/sql/custom_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "exporters/kit/sql/custom_rows.h"
#include "exporters/kit/sql/value_text.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

bool Takes(const char* range, SqlSession::Version version) {
  const auto parsed = VersionRange::Parse(range);
  EXPECT_TRUE(parsed.ok()) << parsed.message();
  return parsed.ok() && parsed->Contains(version);
}

TEST(VersionRange, HoldsConditionsTogetherAndApart) {
  EXPECT_TRUE(Takes("", {15, 0, 0}));
  EXPECT_TRUE(Takes(">=10.0.0 <14", {13, 99, 0}));
  EXPECT_FALSE(Takes(">=10.0.0 <14", {14, 0, 0}));
  EXPECT_TRUE(Takes(">= 10 < 14 || >=16", {16, 0, 0}));
  EXPECT_FALSE(Takes(">= 10 < 14 || >=16", {15, 3, 0}));
  EXPECT_TRUE(Takes("10.x", {10, 23, 1}));
  EXPECT_FALSE(Takes("10.x", {11, 0, 0}));
  EXPECT_TRUE(Takes("!=10.4 >9", {10, 5, 0}));
  EXPECT_FALSE(Takes("!10.4", {10, 4, 0}));
  EXPECT_TRUE(Takes("<=9.6.x>=9", {9, 6, 24}));
  EXPECT_FALSE(Takes(">9.6.2", {9, 6, 2}));
}

TEST(VersionRange, RefusesWhatIsNoRange) {
  for (const char* bad :
       {"x", ">=", "10 ||", "|| 10", ">=1.2.3.4", "=>1", "1..2", "ten", "<99999999999999999999"})
    EXPECT_FALSE(VersionRange::Parse(bad).ok()) << bad;
}

TEST(ValueText, ReadsArraysAndDurations) {
  EXPECT_THAT(*ParseNumberArray("{1,2.5,-3e2}"), ElementsAre(1, 2.5, -300));
  EXPECT_THAT(*ParseNumberArray("[1, 2.5, -3e2]"), ElementsAre(1, 2.5, -300));
  EXPECT_TRUE(ParseNumberArray("{}")->empty());
  for (const char* bad : {"", "{", "1,2", "{1,}", "{1,NULL}", "{{1},{2}}"})
    EXPECT_FALSE(ParseNumberArray(bad)) << bad;
  EXPECT_EQ(ParseGoDuration("1h2m3.5s"), 3723.5);
  EXPECT_EQ(ParseGoDuration("-1.5ms"), -0.0015);
  EXPECT_EQ(ParseGoDuration("0"), 0);
  for (const char* bad : {"", "1", "s", "1x", "1.s.", "1h-2m", "-"})
    EXPECT_FALSE(ParseGoDuration(bad)) << bad;
}

constexpr const char* kFile = R"(shop_orders:
  query: SELECT 1
  master: true
  cache_seconds: 60
  runonserver: ">=12"
  timeout: 2s
  max_rows: 10
  metrics:
    - state: {usage: LABEL, description: State}
    - count: {usage: GAUGE, description: Orders}
    - took: {usage: HISTOGRAM, description: Seconds}
    - lag: {usage: DURATION}
    - mode: {usage: MAPPEDMETRIC, metric_mapping: {fast: 1, slow: 2}}
    - old: {usage: COUNTER, pg_version: "<14"}
    - skipped: {usage: DISCARD}
)";

TEST(CustomQueries, ReadsTheFormatOfTheOriginal) {
  const auto loaded = ParseCustomQueries(kFile, "q.yaml", {"server"});
  ASSERT_TRUE(loaded.ok()) << loaded.message();
  const CustomQuery& query = loaded->queries.at("shop_orders");
  EXPECT_TRUE(query.master);
  EXPECT_EQ(query.cache_seconds, 60U);
  EXPECT_EQ(query.timeout, Duration::Seconds(2));
  EXPECT_FALSE(query.runonserver.Contains({11, 9, 0}));
  EXPECT_EQ(query.Find("count")->usage, CustomUsage::kGauge);
  EXPECT_EQ(query.Find("none"), nullptr);
  EXPECT_EQ(loaded->hashsum.size(), 64U);
}

TEST(CustomQueries, NamesThePlaceOfWhatIsWrong) {
  const auto error = [](const char* text) {
    return std::string(ParseCustomQueries(text, "q.yaml", {"server"}).message());
  };
  EXPECT_THAT(error("a:\n  query: x\n  typo: 1\n"), HasSubstr("q.yaml:3:3: unknown field"));
  EXPECT_THAT(error("a:\n  query: ''\n"), HasSubstr("q.yaml:2:3: query is empty"));
  EXPECT_THAT(error("a:\n  metrics: []\n"), HasSubstr("missing field \"query\""));
  EXPECT_THAT(error("a:\n  query: x\n  runonserver: new\n"), HasSubstr("q.yaml:3:16: no version"));
  EXPECT_THAT(error("a:\n  query: x\n  metrics:\n    - c: {usage: SUMMARY}\n"),
              HasSubstr("q.yaml:4:18: want one of DISCARD"));
  EXPECT_THAT(error("a:\n  query: x\n  metrics:\n    - c: {usage: MAPPEDMETRIC}\n"),
              HasSubstr("metric_mapping"));
  EXPECT_THAT(
      error("a:\n  query: x\n  metrics:\n    - c: {usage: GAUGE}\n    - c: {usage: GAUGE}\n"),
      HasSubstr("twice"));
  EXPECT_THAT(error("a b:\n  query: x\n"), HasSubstr("q.yaml:2:3: no name of a metric"));
  EXPECT_THAT(error("a:\n  query: x\n  metrics: [{server: {usage: LABEL}}]\n"),
              HasSubstr("has a label \"server\" already"));
  EXPECT_THAT(error("a:\n  query: x\n  metrics: [{le-ft: {usage: LABEL}}]\n"),
              HasSubstr("no name of a label"));
}

class FakeRow : public SqlRow {
 public:
  FakeRow(std::vector<std::string> names, std::vector<std::optional<std::string>> cells)
      : names_(std::move(names)), cells_(std::move(cells)) {}
  size_t size() const override { return cells_.size(); }
  std::string_view name(size_t column) const override { return names_[column]; }
  ValueKind kind(size_t /*column*/) const override { return ValueKind::kText; }
  std::optional<std::string_view> text(size_t column) const override { return cells_[column]; }

 private:
  std::vector<std::string> names_;
  std::vector<std::optional<std::string>> cells_;
};

std::vector<std::string> Shown(const CustomRows& rows) {
  std::vector<std::string> lines;
  for (const CustomSample& sample : rows.samples) {
    std::string line = sample.family + sample.suffix;
    for (const auto& [name, value] : sample.labels) line += " " + name + "=" + value;
    lines.push_back(
        line + " " +
        (std::isnan(sample.value) ? "NaN" : std::to_string(static_cast<int>(sample.value))));
  }
  return lines;
}

TEST(CustomRows, ShowsEachColumnAsItIsNamed) {
  const auto loaded = ParseCustomQueries(kFile, "q.yaml", {});
  CustomRows rows(loaded->queries.at("shop_orders"), "shop");
  rows.Begin({15, 0, 0}, {{"server", "s"}});
  const FakeRow row(
      {"state", "count", "lag", "mode", "old", "skipped", "extra", "took", "took_bucket",
       "took_sum", "took_count"},
      {"new", std::nullopt, "1m30s", "slow", "7", "8", "9", "{5,1}", "{3,2}", "7", "4"});
  ASSERT_TRUE(rows.Read(row).ok());
  EXPECT_THAT(
      Shown(rows),
      ElementsAre("shop_count server=s state=new NaN",
                  "shop_lag_milliseconds server=s state=new 90000",
                  "shop_mode server=s state=new 2", "shop_extra server=s state=new 9",
                  "shop_took_bucket server=s state=new le=1 2",
                  "shop_took_bucket server=s state=new le=5 3",
                  "shop_took_bucket server=s state=new le=+Inf 4",
                  "shop_took_sum server=s state=new 7", "shop_took_count server=s state=new 4"));
  EXPECT_TRUE(rows.complaints.empty());
}

TEST(CustomRows, LeavesOutWhatItCannotShowAndSaysSoOnce) {
  const auto loaded = ParseCustomQueries(kFile, "q.yaml", {});
  CustomRows rows(loaded->queries.at("shop_orders"), "shop");
  rows.Begin({13, 0, 0}, {});
  for (const char* state : {"a", "b", "a"}) {
    ASSERT_TRUE(rows.Read(FakeRow({"state", "count", "mode", "old", "?column?"},
                                  {state, "x", "odd", "1", "2"}))
                    .ok());
  }
  EXPECT_THAT(Shown(rows), ElementsAre("shop_old state=a 1", "shop_old state=b 1"));
  EXPECT_EQ(rows.complaints.size(), 4U);  // count, mode, ?column?, and old's second "a"
}

}  // namespace
}  // namespace narthex::exporters
