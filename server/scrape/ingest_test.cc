#include "server/scrape/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/bytes/numbers.h"
#include "common/openmetrics/protobuf_format.h"
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

class SchemaTest : public IngestTest {
 protected:
  SchemaTest() {
    ingester_ = std::make_unique<Ingester>(storage_, MakeTarget(),
                                           IngestOptions{.type_and_unit_labels = true});
  }
};

TEST_F(SchemaTest, TypeAndUnitBecomeLabelsWhereTheyAreKnown) {
  EXPECT_THAT(
      Store("# TYPE a_s counter\n# UNIT a_s s\na_s_total 1\n# TYPE b unknown\nb 2\n"
            "# TYPE c_s gauge\n# UNIT c_s s\nc_s{__type__=\"x\",__unit__=\"y\"} 3\n"
            "# HELP d D.\nd{__type__=\"x\"} 4\n# EOF\n",
            1, Format::kOpenMetrics),
      testing::ElementsAre(
          HasSubstr("__type__=\"counter\""), testing::Not(HasSubstr("__type__")),
          testing::AllOf(HasSubstr("__type__=\"gauge\""), HasSubstr("__unit__=\"s\"")),
          testing::AllOf(HasSubstr("__type__=\"x\""), testing::Not(HasSubstr("__unit__")))));
}

TEST_F(SchemaTest, AnotherTypeIsAnotherSeries) {
  Store("# TYPE a gauge\na 1\nb 1\n", 1);
  EXPECT_THAT(Store("# TYPE a gauge\na 1\nb 1\n", 2),
              testing::Each(HasSubstr("__type__=\"gauge\"")));
  EXPECT_THAT(Store("# TYPE a counter\na 1\n", 3),
              UnorderedElementsAre(
                  HasSubstr("__type__=\"counter\""),
                  testing::AllOf(HasSubstr("a{"), HasSubstr("gauge"), HasSubstr(" stale@")),
                  testing::AllOf(HasSubstr("b{"), HasSubstr(" stale@"))));
}

// Takes when series began, and gives what reached storage without labels of the target.
class StartTimesTest : public IngestTest {
 protected:
  StartTimesTest() {
    ingester_ =
        std::make_unique<Ingester>(storage_, MakeTarget(), IngestOptions{.start_times = true});
  }
  std::vector<std::string> StoreOpenMetrics(std::string_view body, int64_t time_ms) {
    std::vector<std::string> lines = Store(body, time_ms, Format::kOpenMetrics);
    constexpr std::string_view kTarget = "dc=\"x\", instance=\"h:1\", job=\"j\"";
    for (std::string& line : lines) {
      const size_t at = line.find(kTarget);
      if (at != std::string::npos) line.erase(at, kTarget.size());
    }
    return lines;
  }
};

TEST_F(StartTimesTest, AreThoseOfTheCreatedLinesOfASeries) {
  constexpr std::string_view kBody =
      "# TYPE a counter\n"
      "a_total{n=\"1\"} 5\n"
      "a_created{n=\"1\"} 12.5\n"
      "a_total{n=\"2\"} 6\n"
      "# TYPE h histogram\n"
      "h_bucket{le=\"1.0\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 3\nh_created 7\n"
      "# TYPE s summary\n"
      "s{quantile=\"0.5\"} 1\ns_count 2\ns_sum 3\ns_created 8\n"
      "# TYPE g gauge\n"
      "g_created 9\n"
      "# EOF\n";
  for (const int64_t time_ms : {100'000, 101'000}) {
    const std::string at = "@" + std::to_string(time_ms);
    EXPECT_THAT(
        StoreOpenMetrics(kBody, time_ms),
        UnorderedElementsAre(
            "a_total{, n=\"1\"} 5" + at + " since 12500", "a_total{, n=\"2\"} 6" + at,
            "h_bucket{, le=\"1.0\"} 1" + at + " since 7000",
            "h_bucket{, le=\"+Inf\"} 2" + at + " since 7000", "h_count{} 2" + at + " since 7000",
            "h_sum{} 3" + at + " since 7000", "s{, quantile=\"0.5\"} 1" + at + " since 8000",
            "s_count{} 2" + at + " since 8000", "s_sum{} 3" + at + " since 8000",
            "g_created{} 9" + at));
  }
}

TEST_F(IngestTest, TakesCreatedLinesAsSeriesWhereStartTimesAreNotStored) {
  const auto stored =
      Store("# TYPE a counter\na_total 5\na_created 12.5\n# EOF\n", 1000, Format::kOpenMetrics);
  ASSERT_EQ(stored.size(), 2U);
  for (const std::string& line : stored) EXPECT_THAT(line, testing::Not(HasSubstr("since")));
}

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

RelabelRule DropRule(const std::string& names) {
  RelabelRule rule;
  rule.source_labels = {"__name__"};
  rule.regex = *Regex::Compile(names);
  rule.action = RelabelAction::kDrop;
  return rule;
}

// ---- limits and other options of the job -------------------------------------------------------

TEST_F(IngestTest, CountsARepeatedLineAsADuplicateWhateverItsValue) {
  for (const int64_t time_ms : {1, 2, 3}) {
    const std::string at = "@" + std::to_string(time_ms);
    EXPECT_THAT(Store("a 1\nb 1\na 1\n", time_ms),
                ElementsAre(Line("a{OWN} 1" + at), Line("b{OWN} 1" + at)));
    EXPECT_EQ(counts_.duplicates, 1U);
    EXPECT_EQ(counts_.kept, 3U);
    EXPECT_EQ(counts_.series_added, time_ms == 1 ? 2U : 0U);
  }
  EXPECT_EQ(Store("b 1\na 1\nb 2\na 2\n", 4).size(), 2U);
  EXPECT_EQ(counts_.duplicates, 2U);
}

TEST_F(IngestTest, TakesOneSeriesAtSeveralTimesOfItsOwn) {
  for (const int64_t base : {10, 20}) {
    const std::string body =
        "a 1 " + std::to_string(base) + "\na 2 " + std::to_string(base + 1) + "\n";
    EXPECT_THAT(Store(body, 30), ElementsAre(Line("a{OWN} 1@" + std::to_string(base)),
                                             Line("a{OWN} 2@" + std::to_string(base + 1))));
    EXPECT_EQ(counts_.duplicates, 0U);
  }
}

TEST_F(IngestTest, RefusesAScrapeOfMoreSamplesThanItsLimitAndCountsThem) {
  job_.options.sample_limit = 2;
  job_.metric_relabel_configs = {DropRule("gone.*")};
  ingester_->Retarget(MakeTarget());
  EXPECT_EQ(Store("a 1\ngone 1\nb 1\n", 1).size(), 2U);
  EXPECT_EQ(Store("a 1\na 1\nb 1\n", 2).size(), 2U);  // a repeated line does not count
  EXPECT_TRUE(Store("a 1\nb 1\nc 1\ngone 1\n", 3).empty());
  EXPECT_EQ(status_.code(), Code::kLimit);
  EXPECT_EQ(counts_.samples, 4U);
  EXPECT_EQ(counts_.kept, 3U);
  EXPECT_EQ(Fail(3).size(), 2U);
  EXPECT_EQ(Store("a 1\nb 1\n", 4).size(), 2U);
}

TEST_F(IngestTest, KeepsKnownSeriesAndDropsNewOnesBeyondTheLimitWhereToldTo) {
  job_.options.sample_limit = 2;
  job_.options.on_limit = OnLimit::kDropNew;
  ingester_->Retarget(MakeTarget());
  EXPECT_THAT(Store("a 1\nb 1\nc 1\n", 1), ElementsAre(Line("a{OWN} 1@1"), Line("b{OWN} 1@1")));
  EXPECT_EQ(counts_.dropped_at_limit, 1U);
  EXPECT_THAT(Store("c 1\nb 1\na 1\n", 2), ElementsAre(Line("b{OWN} 1@2"), Line("a{OWN} 1@2")));
  // What is gone leaves its room to the next scrape.
  EXPECT_THAT(Store("c 1\nb 1\n", 3), ElementsAre(Line("b{OWN} 1@3"), Line("a{OWN} stale@3")));
  EXPECT_THAT(Store("c 1\nb 1\n", 4), ElementsAre(Line("c{OWN} 1@4"), Line("b{OWN} 1@4")));
  EXPECT_EQ(counts_.dropped_at_limit, 0U);
}

TEST_F(IngestTest, HoldsLabelsToTheirLimits) {
  const auto with = [&](auto set) {
    job_.options = {};
    set(job_.options);
    ingester_->Retarget(MakeTarget());
  };
  with(
      [](ScrapeOptions& options) { options.label_limit = 5; });  // name, dc, instance, job, and one
  EXPECT_EQ(Store("m{x=\"1\"} 1\n", 1).size(), 1U);
  Store("m{x=\"1\"} 1\nm{x=\"1\",y=\"2\"} 1\n", 2);
  EXPECT_EQ(status_.message(), "label_limit exceeded: metric \"m\" has 6 labels, limit 5");
  with([](ScrapeOptions& options) { options.label_name_length_limit = 8; });  // __name__, instance
  EXPECT_EQ(Store("m{abcdefgh=\"1\"} 1\n", 3).size(), 2U);
  Store("m{abcdefghi=\"1\"} 1\n", 4);
  EXPECT_EQ(status_.code(), Code::kLimit);
  with([](ScrapeOptions& options) { options.label_value_length_limit = 3; });
  EXPECT_EQ(Store("m{x=\"abc\"} 1\n", 5).size(), 2U);
  Store("m{x=\"abcd\"} 1\n", 6);
  EXPECT_EQ(status_.code(), Code::kLimit);
  with([](ScrapeOptions& options) {
    options.label_value_length_limit = 3;
    options.on_limit = OnLimit::kDropNew;
  });
  EXPECT_THAT(Store("m{x=\"abcd\"} 1\nm 1\n", 7), testing::Contains(Line("m{OWN} 1@7")));
  EXPECT_EQ(counts_.dropped_at_limit, 1U);
}

TEST_F(IngestTest, RefusesNamesThatTheLegacySchemeDoesNotAdmit) {
  EXPECT_EQ(Store("{\"a.b\",\"c.d\"=\"e\"} 1\n", 1).size(), 1U);
  job_.options.metric_name_validation_scheme = openmetrics::NameScheme::kLegacy;
  ingester_->Retarget(MakeTarget());
  for (const char* body : {"{\"a.b\"} 1\n", "a{\"c.d\"=\"e\"} 1\n"}) {
    EXPECT_TRUE(Store(body, 2).empty()) << body;
    EXPECT_EQ(status_.code(), Code::kInvalidArgument);
  }
}

TEST_F(IngestTest, EndsSeriesWithTimesOfTheirOwnWhereToldTo) {
  job_.track_timestamps_staleness = true;
  ingester_->Retarget(MakeTarget());
  Store("a 1 1\nb 1\n", 1);
  EXPECT_THAT(Store("", 2), UnorderedElementsAre(Line("a{OWN} stale@2"), Line("b{OWN} stale@2")));
}

TEST_F(IngestTest, PutsItsOwnTimeInPlaceOfTheTargetsWhereToldTo) {
  job_.honor_timestamps = false;
  ingester_->Retarget(MakeTarget());
  EXPECT_THAT(Store("a 1 77\n", 5), ElementsAre(Line("a{OWN} 1@5")));
  EXPECT_THAT(Store("", 6), ElementsAre(Line("a{OWN} stale@6")));
}

TEST_F(IngestTest, SpellsBoundsAndQuantilesAsOpenMetricsDoes) {
  EXPECT_THAT(Store("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
                    "# TYPE s summary\ns{quantile=\"0.50\"} 1\n"
                    "# TYPE g gauge\ng{le=\"1\"} 1\n",
                    1),
              ElementsAre(HasSubstr("le=\"1.0\""), HasSubstr("le=\"+Inf\""),
                          HasSubstr("quantile=\"0.5\""), HasSubstr("le=\"1\"")));
}

TEST_F(IngestTest, NamesALabelThatStandsTwice) {
  Store("a{b=\"1\",b=\"2\"} 1\n", 1);
  EXPECT_EQ(status_.code(), Code::kDuplicate);
  EXPECT_EQ(status_.message(), "1:1: label \"b\" twice");
}

TEST_F(IngestTest, ReportsMoreWhereToldTo) {
  job_.options.extra_scrape_metrics = true;
  job_.options.scrape_failure_metrics = true;
  job_.options.limit_headroom_metrics = true;
  job_.options.sample_limit = 4;
  job_.options.body_size_limit = {100};
  ingester_->Retarget(MakeTarget());
  ingester_->Fail(1);
  ASSERT_TRUE(ingester_->Report({.up = true, .counts = {.kept = 1}, .body_bytes = 25}, 1).ok());
  EXPECT_THAT(storage_.Lines(),
              testing::IsSupersetOf(
                  {Line("scrape_timeout_seconds{OWN} 1@1"), Line("scrape_sample_limit{OWN} 4@1"),
                   Line("scrape_body_size_bytes{OWN} 25@1"),
                   Line("scrape_limit_headroom_ratio{OWN, limit=\"sample_limit\"} 0.75@1"),
                   Line("scrape_limit_headroom_ratio{OWN, limit=\"body_size_limit\"} 0.75@1")}));
  EXPECT_EQ(storage_.Lines().size(), 10U);
  const auto reasons = [&](ScrapeFailure failure, int64_t time_ms) {
    storage_.Forget();
    ingester_->Fail(time_ms);
    EXPECT_TRUE(ingester_->Report({.failure = failure}, time_ms).ok());
    std::vector<std::string> lines = storage_.Lines();
    std::erase_if(lines, [](const auto& line) { return !line.starts_with("scrape_failure{"); });
    return lines;
  };
  EXPECT_THAT(reasons(ScrapeFailure::kDns, 2), ElementsAre(HasSubstr("reason=\"dns\"} 1@2")));
  EXPECT_THAT(reasons(ScrapeFailure::kHttp4xx, 3),
              ElementsAre(HasSubstr("reason=\"dns\"} stale@3"), HasSubstr("http_4xx\"} 1@3")));
  EXPECT_THAT(reasons(ScrapeFailure::kNone, 4), ElementsAre(HasSubstr("http_4xx\"} stale@4")));
}

class HonorLabelsTest : public IngestTest {
 protected:
  HonorLabelsTest() : IngestTest(true) {}
};

TEST_F(HonorLabelsTest, LetsTheExposedLabelWin) {
  EXPECT_THAT(Store("a{job=\"mine\"} 1\n", 1),
              ElementsAre("a{dc=\"x\", instance=\"h:1\", job=\"mine\"} 1@1"));
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

// One family of each kind that protobuf has, as a target sends them.
std::string ProtobufBody() {
  openmetrics::NativeHistogram native{.schema = 3, .zero_threshold = 0.1, .zero_count = 1};
  native.positive = {{{0, 2}}, {2, 3}};
  openmetrics::HistogramPoint histogram;
  histogram.count = 6;
  histogram.sum = 4.5;
  histogram.buckets = {{1, 2, {}}, {2, 6, {}}};
  openmetrics::HistogramPoint with_native = histogram;
  with_native.native = std::make_shared<openmetrics::NativeHistogram>(native);
  openmetrics::CounterPoint counter;
  counter.value = 3;
  counter.exemplar = openmetrics::Exemplar{LabelSet::Of({{"trace", "t"}}), 1, 700};
  const std::vector<openmetrics::MetricFamily> families = {
      {"c_total", openmetrics::Type::kCounter, "Help.", "", {{{{"a", "b"}}, counter, {}}}},
      {"classic", openmetrics::Type::kHistogram, "", "", {{{}, histogram, {}}}},
      {"native", openmetrics::Type::kHistogram, "", "", {{{}, with_native, {}}}}};
  std::string body;
  for (const openmetrics::MetricFamily& family : families)
    openmetrics::AppendProtobuf(body, family);
  return body;
}

TEST_F(IngestTest, StoresNativeHistogramsOfProtobuf) {
  job_.options.scrape_native_histograms = true;
  ingester_ = std::make_unique<Ingester>(storage_, MakeTarget());
  EXPECT_THAT(
      Store(ProtobufBody(), 1000, Format::kProtobuf),
      ElementsAre(HasSubstr("c_total"), HasSubstr("exemplar {trace=\"t\"} 1@700"),
                  HasSubstr("classic_count"), HasSubstr("classic_sum"), HasSubstr("le=\"1.0\""),
                  HasSubstr("le=\"2.0\""), HasSubstr("le=\"+Inf\""), HasSubstr("native{")));
  EXPECT_THAT(Stored().back(), HasSubstr("histogram of 6@1000"));
  EXPECT_EQ(counts_.samples, 7U);
  // Known now, and gone then.
  EXPECT_EQ(Store(ProtobufBody(), 2000, Format::kProtobuf).size(), 8U);
  EXPECT_EQ(counts_.series_added, 0U);
  EXPECT_THAT(Store("", 3000), testing::Each(HasSubstr("stale@3000")));
}

TEST_F(IngestTest, StoresClassicSeriesBesideNativeHistogramsOnlyWhereAsked) {
  EXPECT_EQ(Store(ProtobufBody(), 1000, Format::kProtobuf).size(), 12U);  // no native ones
  job_.options.scrape_native_histograms = true;
  job_.options.always_scrape_classic_histograms = true;
  ingester_ = std::make_unique<Ingester>(storage_, MakeTarget());
  EXPECT_EQ(Store(ProtobufBody(), 2000, Format::kProtobuf).size(), 13U);
}

constexpr std::string_view kClassic =
    "# TYPE h histogram\nh_bucket{a=\"x\",le=\"1\"} 2\nh_bucket{a=\"x\",le=\"+Inf\"} 3\n"
    "h_sum{a=\"x\"} 4\nh_count{a=\"x\"} 3\nh_bucket{a=\"y\",le=\"+Inf\"} 1\nh_count{a=\"y\"} 1\n"
    "h_other 7\n# TYPE g gauge\ng_count 1\n";

TEST_F(IngestTest, ConvertsClassicHistogramsWhereAsked) {
  job_.options.convert_classic_histograms_to_nhcb = true;
  ingester_ = std::make_unique<Ingester>(storage_, MakeTarget());
  for (int64_t time_ms : {1000, 2000}) {
    const std::string at = "@" + std::to_string(time_ms);
    EXPECT_THAT(Store(kClassic, time_ms),
                ElementsAre(HasSubstr("h{a=\"x\""), HasSubstr("h{a=\"y\""), HasSubstr("h_other"),
                            HasSubstr("g_count")));
    EXPECT_THAT(Stored()[0], HasSubstr("histogram of 3" + at));
    EXPECT_THAT(Stored()[1], HasSubstr("histogram of 1" + at));
  }
  job_.options.always_scrape_classic_histograms = true;
  ingester_ = std::make_unique<Ingester>(storage_, MakeTarget());
  EXPECT_EQ(Store(kClassic, 3000).size(), 10U);
  EXPECT_EQ(Store(kClassic, 4000).size(), 10U);
}

TEST_F(IngestTest, KeepsExemplars) {
  const std::string body =
      "# TYPE c counter\nc_total 3 # {t=\"1\"} 0.5 1.5\nc_total{a=\"b\"} 1 # {t=\"2\"} 2\n# EOF\n";
  EXPECT_THAT(Store(body, 2000, Format::kOpenMetrics),
              ElementsAre(HasSubstr("c_total"), HasSubstr("exemplar {t=\"1\"} 0.5@1500"),
                          HasSubstr("c_total"), HasSubstr("exemplar {t=\"2\"} 2@2000")));
}

TEST_F(IngestTest, KnowsWhatTheTargetSaysOfItsFamilies) {
  const auto target = MakeTarget();
  ingester_ = std::make_unique<Ingester>(storage_, target);
  Store("# HELP a Some \\\\ help.\n# TYPE a counter\na 1\n# TYPE b gauge\n", 1000);
  const MetadataListPtr first = target->metadata();
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ(first->at(0).metadata.help, "Some \\ help.");
  EXPECT_EQ(first->at(1).metadata.type, openmetrics::Type::kGauge);
  Store("# HELP a Some \\\\ help.\n# TYPE a counter\na 1\n# TYPE b gauge\n", 2000);
  EXPECT_EQ(target->metadata(), first);
  Store(ProtobufBody(), 3000, Format::kProtobuf);
  EXPECT_EQ(target->metadata()->at(0).name, "c_total");
}

}  // namespace
}  // namespace narthex::server
