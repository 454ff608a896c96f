#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/kit/collector.h"
#include "exporters/kit/device_filter.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

class Good : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    sink.Gauge("good", "Good.", 1);
    return {};
  }
};
class Bad : public Collector {
 public:
  Status Collect(MetricSink&) override { return Corruption("broken"); }
};

TEST(CollectorSet, RunsWhatIsEnabledAndReportsEachOutcome) {
  const std::vector<CollectorRow> table = {
      {"bad", true,
       [](const SystemPaths&) -> std::unique_ptr<Collector> { return std::make_unique<Bad>(); },
       "Bad."},
      {"good", false,
       [](const SystemPaths&) -> std::unique_ptr<Collector> { return std::make_unique<Good>(); },
       "Good."},
      {"off", true,
       [](const SystemPaths&) -> std::unique_ptr<Collector> { return std::make_unique<Good>(); },
       "Off."},
  };
  const SystemPaths paths;
  cli::Flags flags("p", "s");
  CollectorSet set(table, paths, flags);
  std::string output;
  ASSERT_TRUE(flags.Parse({"--collector.good", "--no-collector.off"}, output).ok());
  ASSERT_TRUE(set.Prepare().ok());
  EXPECT_THAT(set.names(), ElementsAre("bad", "good"));

  openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
  MetricSink sink(writer);
  std::string log;
  set.Collect(sink, ManualClock(0), Logger(LogOptions{}, &log), "x");
  std::string out;
  writer.Finish(out);
  EXPECT_THAT(out, HasSubstr("\ngood 1\n"));
  EXPECT_THAT(out, HasSubstr("x_scrape_collector_success{collector=\"bad\"} 0\n"));
  EXPECT_THAT(out, HasSubstr("x_scrape_collector_success{collector=\"good\"} 1\n"));
  EXPECT_THAT(log, HasSubstr("collector=bad err=broken"));
}

}  // namespace
}  // namespace narthex::exporters
