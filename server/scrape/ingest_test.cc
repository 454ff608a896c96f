#include "server/scrape/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/bytes/numbers.h"
#include "server/scrape/recording_storage.h"

namespace narthex::server {
namespace {

using openmetrics::Format;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class IngestTest : public testing::Test {
 protected:
  explicit IngestTest(bool honor_labels = false) {
    job_.job_name = "j";
    job_.scrape_interval = job_.scrape_timeout = Duration::Seconds(1);
    job_.honor_labels = honor_labels;
    ingester_ = std::make_unique<Ingester>(storage_, MakeTarget());
  }

  // The target as the job is now.
  std::shared_ptr<const Target> MakeTarget() const {
    LabelSet discovered;
    return *Target::Make(std::make_shared<ScrapeConfig>(job_), "h:1", {{"dc", "x"}}, &discovered);
  }

  // Stores a body at a time; gives what reached storage, without the target's labels.
  std::vector<std::string> Store(std::string_view body, int64_t time_ms,
                                 Format format = Format::kText) {
    storage_.Forget();
    counts_ = {};
    status_ = ingester_->Store(body, format, time_ms, counts_);
    if (status_.ok()) {
      EXPECT_TRUE(ingester_->Report({.up = true}, time_ms).ok());
    }
    return Stored();
  }

  std::vector<std::string> Fail(int64_t time_ms) {
    storage_.Forget();
    ingester_->Fail(time_ms);
    EXPECT_TRUE(ingester_->Report({.up = false}, time_ms).ok());
    return Stored();
  }

  // What reached storage but for the scrape's report of itself.
  std::vector<std::string> Stored() const {
    std::vector<std::string> lines = storage_.Lines();
    std::erase_if(lines, [](const std::string& line) {
      return line.starts_with("up{") || line.starts_with("scrape_");
    });
    return lines;
  }

  ScrapeConfig job_;
  RecordingStorage storage_;
  std::unique_ptr<Ingester> ingester_;
  IngestCounts counts_;
  Status status_;
};

constexpr std::string_view kOwn = "dc=\"x\", instance=\"h:1\", job=\"j\"";
std::string Line(const std::string& series_and_value) {
  std::string line = series_and_value;
  const size_t at = line.find("OWN");
  return at == std::string::npos ? line : line.replace(at, 3, kOwn);
}

TEST_F(IngestTest, RefusesSamplesThatAreMoreThanTenMinutesAhead) {
  EXPECT_THAT(Store("a 1 600005\nb 1 600006\nc 1\n", 5),
              UnorderedElementsAre(Line("a{OWN} 1@600005"), Line("c{OWN} 1@5")));
  EXPECT_EQ(counts_.out_of_bounds, 1U);
  EXPECT_THAT(Store("a 1 9223372036854775807\nc 1\n", 6), ElementsAre(Line("c{OWN} 1@6")));
  EXPECT_EQ(counts_.out_of_bounds, 1U);
  EXPECT_THAT(Store("a 1 -9e300\nc 1\n# EOF\n", 7, Format::kOpenMetrics),
              ElementsAre(Line("c{OWN} 1@7")));
  EXPECT_EQ(counts_.out_of_bounds, 0U);  // left to storage, which has it out of order
}

TEST_F(IngestTest, StoresSamplesWithTheTargetsLabels) {
  EXPECT_THAT(Store("a 1\nb{c=\"d\"} 2 7\n", 5),
              UnorderedElementsAre(Line("a{OWN} 1@5"),
                                   "b{c=\"d\", dc=\"x\", instance=\"h:1\", job=\"j\"} 2@7"));
  EXPECT_EQ(counts_.samples, 2U);
  EXPECT_EQ(counts_.series_added, 2U);
}

TEST_F(IngestTest, RecognisesTheLinesOfTheLastScrape) {
  Store("a 1\nb 1\nc 1\n", 1);
  const size_t lookups = storage_.lookups();
  EXPECT_EQ(Store("a 2\nb 3\nc 4\n", 2).size(), 3U);
  EXPECT_EQ(storage_.lookups(), lookups);
  EXPECT_EQ(counts_.series_added, 0U);
}

TEST_F(IngestTest, FollowsReorderedAddedRemovedAndDoubledLines) {
  Store("a 1\nb 1\nc 1\nd 1\n", 1);
  const size_t lookups = storage_.lookups();
  EXPECT_THAT(Store("c 2\nd 2\na 2\nb 2\n", 2),
              UnorderedElementsAre(Line("a{OWN} 2@2"), Line("b{OWN} 2@2"), Line("c{OWN} 2@2"),
                                   Line("d{OWN} 2@2")));
  EXPECT_EQ(storage_.lookups(), lookups);
  EXPECT_THAT(Store("c 3\nnew 3\nb 3\n", 3),
              UnorderedElementsAre(Line("c{OWN} 3@3"), Line("new{OWN} 3@3"), Line("b{OWN} 3@3"),
                                   Line("a{OWN} stale@3"), Line("d{OWN} stale@3")));
  EXPECT_EQ(counts_.series_added, 1U);
  Store("c 4\nc 4\nnew 4\nb 4\n", 4);
  EXPECT_TRUE(status_.ok());
  EXPECT_THAT(Store("b 5\n", 5), UnorderedElementsAre(Line("b{OWN} 5@5"), Line("c{OWN} stale@5"),
                                                      Line("new{OWN} stale@5")));
}

TEST_F(IngestTest, EndsNothingWhenOnlyADoubleIsGone) {
  Store("c 1\nc 1\n", 1);
  EXPECT_THAT(Store("c 2\n", 2), ElementsAre(Line("c{OWN} 2@2")));
}

TEST_F(IngestTest, EndsNothingWhenASeriesOnlyMovesItsLabels) {
  Store("m{a=\"1\",b=\"2\"} 1\n", 1);
  EXPECT_EQ(Store("m{b=\"2\",a=\"1\"} 2\n", 2).size(), 1U);
}

TEST_F(IngestTest, EndsSeriesWithTimesOfTheirOwnBySilence) {
  Store("a 1 1\nb 1\n", 1);
  EXPECT_THAT(Store("", 2), ElementsAre(Line("b{OWN} stale@2")));
}

TEST_F(IngestTest, StoresNothingOfABrokenBodyAndNamesThePlace) {
  Store("a 1\nb 1\n", 1);
  EXPECT_THAT(Store("a 2\nb two\n", 2), ElementsAre());
  EXPECT_EQ(status_.message(), "2:3: want a number, got \"two\"");
  EXPECT_THAT(Fail(2), UnorderedElementsAre(Line("a{OWN} stale@2"), Line("b{OWN} stale@2")));
  // A target that stays away is ended once; when it comes back its series are known.
  EXPECT_THAT(Fail(3), ElementsAre());
  const size_t lookups = storage_.lookups();
  EXPECT_EQ(Store("a 4\nb 4\n", 4).size(), 2U);
  EXPECT_EQ(storage_.lookups(), lookups);
}

TEST_F(IngestTest, AsksAnewForSeriesThatStorageHasDropped) {
  Store("a 1\nb 1\n", 1);
  storage_.DropAll();
  EXPECT_THAT(Store("a 2\nb 2\n", 2), UnorderedElementsAre(Line("a{OWN} 2@2"), Line("b{OWN} 2@2")));
  EXPECT_THAT(Store("a 3\nb 3\n", 3), UnorderedElementsAre(Line("a{OWN} 3@3"), Line("b{OWN} 3@3")));
}

TEST_F(IngestTest, KeepsConflictingLabelsAsExported) {
  EXPECT_THAT(Store("a{job=\"mine\"} 1\n", 1)[0], HasSubstr("exported_job=\"mine\""));
}

TEST_F(IngestTest, CountsWhatStorageRefusesAndGoesOn) {
  Store("a 1\n", 10);
  EXPECT_THAT(Store("a 1 5\nb 1\n", 11), ElementsAre(Line("b{OWN} 1@11")));
  EXPECT_EQ(counts_.out_of_order, 1U);
  EXPECT_EQ(counts_.samples, 2U);
}

TEST_F(IngestTest, ReportsEachScrape) {
  ingester_->Fail(1);
  ASSERT_TRUE(ingester_
                  ->Report({.up = true,
                            .duration_seconds = 0.5,
                            .counts = {.samples = 3, .kept = 2, .series_added = 1}},
                           1)
                  .ok());
  EXPECT_THAT(storage_.Lines(),
              UnorderedElementsAre(Line("up{OWN} 1@1"), Line("scrape_duration_seconds{OWN} 0.5@1"),
                                   Line("scrape_samples_scraped{OWN} 3@1"),
                                   Line("scrape_samples_post_metric_relabeling{OWN} 2@1"),
                                   Line("scrape_series_added{OWN} 1@1")));
}

TEST_F(IngestTest, StoresTheSamplesEvenWhereTheReportIsLate) {
  Store("a 1\n", 10);
  EXPECT_THAT(Store("a 2 20\n", 9), ElementsAre(Line("a{OWN} 2@20")));
}

class HonorLabelsTest : public IngestTest {
 protected:
  HonorLabelsTest() : IngestTest(true) {}
};

TEST_F(HonorLabelsTest, LetsTheExposedLabelWin) {
  EXPECT_THAT(Store("a{job=\"mine\"} 1\n", 1),
              ElementsAre("a{dc=\"x\", instance=\"h:1\", job=\"mine\"} 1@1"));
}

RelabelRule DropRule(const std::string& names) {
  RelabelRule rule;
  rule.source_labels = {"__name__"};
  rule.regex = *Regex::Compile(names);
  rule.action = RelabelAction::kDrop;
  return rule;
}

TEST_F(IngestTest, DropsAndRewritesByRules) {
  RelabelRule rename;
  rename.target_label = "a";
  rename.replacement = "z";
  job_.metric_relabel_configs = {DropRule("gone.*"), rename};
  ingester_->Retarget(MakeTarget());
  for (const int64_t time_ms : {1000, 2000}) {
    const std::string at = "@" + std::to_string(time_ms);
    EXPECT_THAT(Store("gone_x 1\nx{a=\"b\"} 2\ngone 3\n", time_ms),
                ElementsAre(Line("x{a=\"z\", OWN} 2" + at)));
    EXPECT_EQ(counts_.samples, 3U);
    EXPECT_EQ(counts_.kept, 1U);
    EXPECT_EQ(counts_.series_added, time_ms == 1000 ? 1U : 0U);
  }
  EXPECT_EQ(storage_.lookups(), 1U + 5U);  // of x, and of the report's series
}

TEST_F(IngestTest, RefusesAScrapeWhoseSampleLosesItsName) {
  RelabelRule rule;
  rule.target_label = "__name__";
  rule.replacement = "";
  job_.metric_relabel_configs = {rule};
  ingester_->Retarget(MakeTarget());
  Store("x 1\n", 1000);
  EXPECT_THAT(status_.message(), HasSubstr("relabelling left a sample without a name: {dc="));
}

TEST_F(IngestTest, EndsTheSeriesThatNewRulesDrop) {
  Store("x 1\ny 1\n", 1000);
  job_.metric_relabel_configs = {DropRule("y")};
  ingester_->Retarget(MakeTarget());
  EXPECT_THAT(Store("x 2\ny 2\n", 2000),
              UnorderedElementsAre(Line("x{OWN} 2@2000"), Line("y{OWN} stale@2000")));
  job_.metric_relabel_configs = {};
  ingester_->Retarget(MakeTarget());
  EXPECT_THAT(Store("x 3\ny 3\n", 3000), ElementsAre(Line("x{OWN} 3@3000"), Line("y{OWN} 3@3000")));
}

TEST_F(IngestTest, EndsEverythingWithItsTarget) {
  Store("x 1\n", 1000);
  storage_.Forget();
  ASSERT_TRUE(ingester_->End(2000).ok());
  EXPECT_EQ(storage_.Lines().size(), 6U);
  for (const std::string& line : storage_.Lines()) EXPECT_THAT(line, HasSubstr(" stale@2000"));
}

}  // namespace
}  // namespace narthex::server
