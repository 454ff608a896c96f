#include "tests/bench/target_generator/target_body.h"

#include <gtest/gtest.h>

#include <map>

#include "common/openmetrics/parser.h"

namespace narthex::bench {
namespace {

// Value by label set, as a scrape sees it.
std::map<std::string, double> Scraped(const TargetBody& body) {
  std::map<std::string, double> samples;
  openmetrics::ExpositionParser parser(body.text(), openmetrics::Format::kText);
  for (;;) {
    const auto entry = parser.Next();
    if (!entry.ok()) ADD_FAILURE() << entry.message();
    if (!entry.ok() || *entry == openmetrics::Entry::kEnd) return samples;
    if (*entry != openmetrics::Entry::kSample) continue;
    const auto labels = parser.Labels();
    if (!labels.ok()) ADD_FAILURE() << labels.message();
    std::vector<Label> copy = **labels;
    const std::string name = LabelSet::From(copy).ToString();
    EXPECT_TRUE(samples.emplace(name, parser.sample().value).second) << name;
  }
}

TEST(TargetBody, HasTheNumberOfSeriesAskedForOnLinesOfTheUsualLength) {
  for (const size_t series : {size_t{1}, size_t{30}, size_t{50}, size_t{1000}}) {
    const TargetBody body({series}, 0);
    EXPECT_EQ(Scraped(body).size(), series);
    EXPECT_EQ(body.series(), series);
  }
  const size_t line_bytes = TargetBody({1000}, 0).text().size() / 1000;
  EXPECT_GE(line_bytes, 120U);
  EXPECT_LE(line_bytes, 150U);
}

TEST(TargetBody, ChangesEveryValueAtEveryScrapeAndNoLabel) {
  TargetBody body({1000}, 7);
  auto before = Scraped(body);
  const size_t bytes = body.text().size();
  for (int scrape = 0; scrape < 300; ++scrape) {
    body.Advance();
    const auto after = Scraped(body);
    ASSERT_EQ(body.text().size(), bytes);
    ASSERT_EQ(after.size(), before.size());
    for (const auto& [series, value] : after) {
      ASSERT_EQ(before.count(series), 1U) << series;
      ASSERT_NE(before.at(series), value) << series;
    }
    before = after;
  }
}

TEST(TargetBody, CountersNeverFallBeforeTheirDigitsAreUsedUp) {
  TargetBody body({1000}, 1);
  auto before = Scraped(body);
  for (int scrape = 0; scrape < 100; ++scrape) {
    body.Advance();
    const auto after = Scraped(body);
    for (const auto& [series, value] : after) {
      if (series.find("_total{") != std::string::npos ||
          series.find("_bucket{") != std::string::npos) {
        ASSERT_GT(value, before.at(series)) << series;
      }
    }
    before = after;
  }
}

TEST(TargetBody, ChurnReplacesItsShareOfTheSeries) {
  TargetBody body({1000, 1}, 0);
  const auto before = Scraped(body);
  for (int scrape = 0; scrape < 20; ++scrape) body.Advance();
  const auto after = Scraped(body);
  EXPECT_EQ(after.size(), before.size());
  size_t kept = 0;
  for (const auto& [series, value] : after) kept += before.count(series);
  EXPECT_EQ(kept, 800U);
}

TEST(TargetBody, ConstantsStay) {
  TargetBody body({1000, 0, 50}, 0);
  const auto before = Scraped(body);
  body.Advance();
  size_t same = 0;
  for (const auto& [series, value] : Scraped(body)) same += before.at(series) == value ? 1 : 0;
  EXPECT_GT(same, 400U);
  EXPECT_LT(same, 600U);
}

TEST(TargetBody, TargetsDifferInTheirLabels) {
  const auto one = Scraped(TargetBody({100}, 1));
  for (const auto& [series, value] : Scraped(TargetBody({100}, 2)))
    EXPECT_EQ(one.count(series), 0U) << series;
}

}  // namespace
}  // namespace narthex::bench
