#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

#include "exporters/kit/collector.h"
#include "exporters/kit/device_filter.h"
#include "exporters/kit/field_filter.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(LineReader, GivesLinesWithoutTheirEnds) {
  LineReader lines("a\n\nb");
  EXPECT_EQ(lines.Next(), "a");
  EXPECT_EQ(lines.Next(), "");
  EXPECT_EQ(lines.Next(), "b");
  EXPECT_EQ(lines.Next(), std::nullopt);
}

TEST(FieldReader, GivesNothingForWrongTypesAndTheEnd) {
  FieldReader fields("  1.5\t7 x ");
  EXPECT_EQ(fields.NextDouble(), 1.5);
  EXPECT_EQ(fields.NextUnsigned(), 7U);
  EXPECT_EQ(fields.NextUnsigned(), std::nullopt);
  EXPECT_EQ(fields.Next(), std::nullopt);
}

TEST(ParseNumberList, ExpandsRangesWithinBounds) {
  EXPECT_THAT(*ParseNumberList("1,3-5,9\n"), ElementsAre(1, 3, 4, 5, 9));
  EXPECT_THAT(*ParseNumberList("1-10:5,0-2:99999999999"), ElementsAre(1, 6, 0));
  EXPECT_TRUE(ParseNumberList("\n")->empty());
  for (const char* bad : {"x", "3-1", "1-", "0-99999999", "-"})
    EXPECT_FALSE(ParseNumberList(bad).ok()) << bad;
}

DeviceFilter Filter(const std::vector<std::string>& arguments) {
  DeviceFilter filter("f.device", "devices", "^lo$");
  cli::Flags flags("p", "s");
  filter.AddFlags(flags);
  std::string output;
  EXPECT_TRUE(flags.Parse(arguments, output).ok());
  return filter;
}

TEST(DeviceFilter, ExcludesByDefaultAndIncludesOnRequest) {
  DeviceFilter by_default = Filter({});
  ASSERT_TRUE(by_default.Prepare().ok());
  EXPECT_FALSE(by_default.Takes("lo"));
  EXPECT_TRUE(by_default.Takes("lo2"));
  DeviceFilter include = Filter({"--f.device-include=l"});
  ASSERT_TRUE(include.Prepare().ok());
  EXPECT_TRUE(include.Takes("lo"));
  EXPECT_FALSE(include.Takes("eth0"));
  EXPECT_FALSE(Filter({"--f.device-include=a", "--f.device-exclude=b"}).Prepare().ok());
  EXPECT_EQ(Filter({"--f.device-include=("}).Prepare().code(), Code::kInvalidArgument);
}

class FieldFilterTest : public testing::Test {
 protected:
  static Status Prepare(FieldFilter& filter, const std::vector<std::string>& arguments) {
    cli::Flags flags("p", "s");
    filter.AddFlags(flags);
    std::string output;
    EXPECT_TRUE(flags.Parse(arguments, output).ok());
    return filter.Prepare();
  }
};

TEST_F(FieldFilterTest, AnswersTheSameAtEachScrape) {
  FieldFilter filter("f.fields", "^(a|b$)");
  ASSERT_TRUE(Prepare(filter, {}).ok());
  for (int scrape = 0; scrape < 2; ++scrape) {
    EXPECT_TRUE(filter.Takes("ab"));
    EXPECT_TRUE(filter.Takes("b"));
    EXPECT_FALSE(filter.Takes("bc"));
  }
}

TEST_F(FieldFilterTest, RefusesABrokenExpression) {
  FieldFilter filter("f.fields", "a");
  EXPECT_THAT(Prepare(filter, {"--f.fields=("}).message(), HasSubstr("flag --f.fields"));
}

class Good : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    sink.Gauge("good", "Good.", 1);
    return {};
  }
};
class Bad : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    sink.Gauge("partly", "Given before failing.", 1);
    return Corruption("broken");
  }
};
// Gives names that others have, too.
class Foreign : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    sink.Gauge("good", "Not so good.", 2);
    sink.Gauge("foreign", "Foreign.", 3);
    sink.Complain(Corruption("a line is bad"));
    return {};
  }
  bool HasForeignNames() const override { return true; }
};
// Hangs until it is let go.
class Hanging : public Collector {
 public:
  explicit Hanging(std::shared_future<void> free) : free_(std::move(free)) {}
  Status Collect(MetricSink& sink) override {
    sink.Gauge("hanging", "Given before hanging.", 1);
    free_.wait();
    return {};
  }

 private:
  std::shared_future<void> free_;
};

template <typename T>
std::unique_ptr<Collector> Make(const SystemPaths&) {
  return std::make_unique<T>();
}

// A set of collectors with its flags, as an exporter sets it up.
class CollectorSetTest : public testing::Test {
 protected:
  static constexpr Duration kLong = Duration::Seconds(60);

  void SetUpWith(const std::vector<CollectorRow>& table,
                 const std::vector<std::string>& arguments = {}) {
    set_.emplace(table, paths_, "x", flags_);
    std::string output;
    ASSERT_TRUE(flags_.Parse(arguments, output).ok());
    ASSERT_TRUE(set_->Prepare(flags_).ok());
  }

  std::string Scrape(const std::vector<std::string_view>& collect = {}, Duration budget = kLong) {
    openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
    set_->Collect(*set_->Choose(collect, {}), budget, writer, Logger(LogOptions{}, &log_));
    std::string out;
    writer.Finish(out);
    return out;
  }

  SystemPaths paths_;
  cli::Flags flags_{"p", "s"};
  std::optional<CollectorSet> set_;
  std::string log_;
};

const std::vector<CollectorRow>& Table() {
  static const std::vector<CollectorRow> kTable = {
      {"bad", true, Make<Bad>, "Bad."},
      {"foreign", true, Make<Foreign>, "Foreign."},
      {"good", true, Make<Good>, "Good."},
      {"rare", false, Make<Good>, "Good."},
  };
  return kTable;
}

TEST_F(CollectorSetTest, RunsWhatIsEnabledAndReportsEachOutcome) {
  SetUpWith(Table(), {"--collector.rare", "--no-collector.good"});
  EXPECT_THAT(set_->names(), ElementsAre("bad", "foreign", "rare"));
  const std::string out = Scrape();
  EXPECT_THAT(out, HasSubstr("\npartly 1\n"));
  EXPECT_THAT(out, HasSubstr("x_scrape_collector_success{collector=\"bad\"} 0\n"));
  EXPECT_THAT(out, HasSubstr("x_scrape_collector_success{collector=\"rare\"} 1\n"));
  EXPECT_THAT(log_, HasSubstr("collector=bad err=broken"));
}

TEST_F(CollectorSetTest, LetsForeignNamesGiveWayWhateverTheOrder) {
  SetUpWith(Table());
  const std::string out = Scrape();
  EXPECT_THAT(out, HasSubstr("\ngood 1\n"));
  EXPECT_THAT(out, HasSubstr("\nforeign 3\n"));
  EXPECT_THAT(out, Not(HasSubstr("good 2")));
  EXPECT_THAT(out, HasSubstr("x_scrape_collector_success{collector=\"foreign\"} 1\n"));
  EXPECT_THAT(log_, HasSubstr("collector=foreign family=good"));
  EXPECT_THAT(log_, HasSubstr("err=\"a line is bad\""));
}

TEST_F(CollectorSetTest, DisablesDefaultsButWhatIsAskedFor) {
  SetUpWith(Table(), {"--collector.good", "--collector.disable-defaults"});
  EXPECT_THAT(set_->names(), ElementsAre("good"));
}

TEST_F(CollectorSetTest, ChoosesByNameAndSaysWhichIsMissing) {
  SetUpWith(Table());
  EXPECT_THAT(*set_->Choose({}, {}), ElementsAre(0, 1, 2));
  EXPECT_THAT(*set_->Choose({"good", "bad", "good"}, {}), ElementsAre(0, 2));
  EXPECT_THAT(*set_->Choose({}, {"bad", "unheard of"}), ElementsAre(1, 2));
  EXPECT_THAT(set_->Choose({"good", "rare"}, {}).message(), HasSubstr("\"rare\""));
  EXPECT_THAT(set_->Choose({"nonsense"}, {}).message(), HasSubstr("\"nonsense\""));
  EXPECT_EQ(set_->Choose({"good"}, {"bad"}).code(), Code::kInvalidArgument);
  EXPECT_THAT(Scrape({"good"}), Not(HasSubstr("foreign")));
}

TEST_F(CollectorSetTest, LeavesTheScraperTimeForTheAnswer) {
  SetUpWith(Table(), {"--collector.timeout=20s"});
  EXPECT_EQ(set_->Budget("10"), Duration{9500});
  EXPECT_EQ(set_->Budget("1.0"), Duration{900});
  EXPECT_EQ(set_->Budget("30"), Duration::Seconds(20));
  for (const char* bad : {"", "x", "0", "-1", "NaN", "1e300"})
    EXPECT_EQ(set_->Budget(bad), Duration::Seconds(20)) << bad;
}

std::promise<void>* let_go = nullptr;  // of the hanging collector in the table below

TEST_F(CollectorSetTest, LeavesOutWhoIsOverBudgetUntilTheLateRunIsBack) {
  std::promise<void> promise;
  let_go = &promise;
  SetUpWith({{"good", true, Make<Good>, "Good."},
             {"hanging", true,
              [](const SystemPaths&) -> std::unique_ptr<Collector> {
                return std::make_unique<Hanging>(let_go->get_future().share());
              },
              "Hangs."},
             {"rare", true, Make<Foreign>, "Goes on."}});
  Registry registry;
  set_->AddMetrics(registry);
  const std::string late = Scrape({}, Duration{500});
  EXPECT_THAT(late, HasSubstr("\ngood 1\n"));
  EXPECT_THAT(late, HasSubstr("\nforeign 3\n"));
  EXPECT_THAT(late, Not(HasSubstr("hanging 1")));
  EXPECT_THAT(late, HasSubstr("x_scrape_collector_success{collector=\"hanging\"} 0\n"));
  EXPECT_THAT(late, HasSubstr("x_scrape_collector_duration_seconds{collector=\"hanging\"} 0.5\n"));
  EXPECT_THAT(Scrape(), HasSubstr("x_scrape_collector_success{collector=\"hanging\"} 0\n"));
  EXPECT_TRUE(set_->HasStuckRuns());

  openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
  registry.Write(writer);
  std::string metrics;
  writer.Finish(metrics);
  EXPECT_THAT(metrics, HasSubstr("narthex_collector_over_budget_total{collector=\"hanging\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("narthex_collector_runs_stuck 1\n"));

  promise.set_value();
  while (set_->HasStuckRuns()) std::this_thread::yield();
  EXPECT_THAT(Scrape(), HasSubstr("x_scrape_collector_success{collector=\"hanging\"} 1\n"));
}

}  // namespace
}  // namespace narthex::exporters
