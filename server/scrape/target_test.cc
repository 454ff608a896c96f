#include "server/scrape/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::server {
namespace {

using testing::HasSubstr;

// The one job of a configuration; `rules` are its relabel_configs.
std::shared_ptr<const ScrapeConfig> Job(const std::string& rules = "[]",
                                        const std::string& more = "") {
  const auto config = ParseConfig("scrape_configs:\n- job_name: j\n  scrape_interval: 15s\n" +
                                      more + "  relabel_configs: " + rules + "\n",
                                  "p.yml");
  EXPECT_TRUE(config.ok()) << config.message();
  return std::make_shared<const ScrapeConfig>(config->scrape_configs.at(0));
}

JobTargets Found(const std::shared_ptr<const ScrapeConfig>& job,
                 std::map<std::string, std::string> labels = {}) {
  return TargetsOf(job, {{{"h:1"}, std::move(labels)}});
}

TEST(Target, HasTheLabelsOfItsGroupAndJob) {
  const JobTargets found = Found(Job(), {{"dc", "x"}, {"__meta_rack", "4"}});
  ASSERT_EQ(found.targets.size(), 1U);
  const Target& target = *found.targets[0];
  EXPECT_EQ(target.url(), "http://h:1/metrics");
  EXPECT_EQ(target.labels().ToString(), R"({dc="x", instance="h:1", job="j"})");
  EXPECT_THAT(target.discovered_labels().ToString(),
              HasSubstr(R"(__scrape_interval__="15s", __scrape_native_histograms__="false", )"
                        R"(__scrape_timeout__="10s", dc="x", job="j"})"));
}

TEST(Target, TakesHistogramsAsItsLabelsSay) {
  const std::string job = "  always_scrape_classic_histograms: true\n";
  const JobTargets found =
      Found(Job("[{target_label: __scrape_native_histograms__, replacement: 'true'},"
                " {regex: __always_scrape_classic_histograms__, action: labeldrop}]",
                job),
            {{"__convert_classic_histograms_to_nhcb__", "1"}});
  ASSERT_EQ(found.targets.size(), 1U);
  EXPECT_EQ(found.targets[0]->histograms(), (HistogramOptions{true, true, true}));
  EXPECT_EQ(Found(Job("[]", job)).targets[0]->histograms(), (HistogramOptions{false, true, false}));
  const JobTargets wrong =
      Found(Job("[{target_label: __scrape_native_histograms__, replacement: maybe}]"));
  ASSERT_EQ(wrong.errors.size(), 1U);
  EXPECT_EQ(wrong.errors[0].message(),
            "target \"h:1\": label __scrape_native_histograms__ is \"maybe\", want true or false");
}

TEST(Target, IsShapedByRules) {
  const JobTargets found =
      Found(Job("[{source_labels: [__address__], target_label: __param_target},"
                " {target_label: __address__, replacement: 'proxy:9115'},"
                " {target_label: __metrics_path__, replacement: /probe},"
                " {target_label: __scheme__, replacement: https},"
                " {target_label: __scrape_timeout__, replacement: 3s},"
                " {source_labels: [__param_target], target_label: instance},"
                " {regex: __meta_(.+), action: labelmap}]",
                "  params: {module: [http 2xx], target: [old, second]}\n"),
            {{"__meta_rack", "4"}});
  ASSERT_EQ(found.targets.size(), 1U);
  const Target& target = *found.targets[0];
  EXPECT_EQ(target.url(), "https://proxy:9115/probe?module=http%202xx&target=h%3A1&target=second");
  EXPECT_EQ(target.labels().ToString(), R"({instance="h:1", job="j", rack="4"})");
  EXPECT_EQ(target.timeout().ms, 3000);
}

TEST(Target, IsDroppedWithTheLabelsItHad) {
  const JobTargets found =
      Found(Job("[{source_labels: [dc], regex: x, action: drop}]"), {{"dc", "x"}});
  EXPECT_TRUE(found.targets.empty());
  ASSERT_EQ(found.dropped.size(), 1U);
  EXPECT_THAT(found.dropped[0].ToString(), HasSubstr(R"(dc="x")"));
}

TEST(Target, IsRefusedWithAReason) {
  for (const auto& [rules, finding] : std::vector<std::pair<std::string, std::string>>{
           {"[{target_label: __address__, replacement: ''}]", "target \"h:1\": no address"},
           {"[{target_label: __address__, replacement: 'h/x'}]", "is not a host"},
           {"[{target_label: __scrape_interval__, replacement: soon}]", "want a duration"},
           {"[{target_label: __scrape_timeout__, replacement: 1h}]",
            "timeout 1h is longer than the interval 15s"}}) {
    const JobTargets found = Found(Job(rules));
    EXPECT_TRUE(found.targets.empty()) << rules;
    ASSERT_EQ(found.errors.size(), 1U) << rules;
    EXPECT_THAT(found.errors[0].message(), HasSubstr(finding));
  }
}

TEST(Target, AreNotScrapedWhereTheyAreMoreThanTheLimit) {
  const std::vector<TargetGroup> groups = {{{"a:1", "b:1", "a:1"}, {}}};
  EXPECT_TRUE(TargetsOf(Job("[]", "  target_limit: 2\n"), groups).over_limit.ok());
  EXPECT_EQ(TargetsOf(Job("[]", "  target_limit: 1\n"), groups).over_limit.message(),
            "target_limit exceeded: 2 targets, limit 1");
}

TEST(Target, AreAllCountedAndFewRememberedWhenDropped) {
  const JobTargets found = TargetsOf(Job("[{action: drop}]", "  keep_dropped_targets: 2\n"),
                                     {{{"a:1", "b:1", "c:1"}, {}}});
  EXPECT_EQ(found.dropped.size(), 2U);
  EXPECT_EQ(found.dropped_count, 3U);
}

TEST(Target, CountsOnceHoweverOftenItIsFound) {
  EXPECT_EQ(TargetsOf(Job(), {{{"h:1", "h:1"}, {}}, {{"h:1"}, {}}}).targets.size(), 1U);
}

}  // namespace
}  // namespace narthex::server
