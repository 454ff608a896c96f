#include "server/promql/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/bytes/numbers.h"
#include "server/promql/parser.h"
#include "server/promql/test_storage.h"

namespace narthex::promql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// Series of one sample a minute from time zero; "_" is no sample, "stale" a marker.
class EngineTest : public testing::Test {
 protected:
  void Load(std::string_view name_and_labels, const std::vector<std::string>& values) {
    const auto matchers = *ParseMatchers(name_and_labels);
    LabelSetBuilder labels;
    for (const auto& matcher : matchers) labels.Set(matcher.name(), matcher.value());
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] == "_") continue;
      const double value = values[i] == "stale" ? storage::StaleNaN() : *ParseDouble(values[i]);
      storage_.Add(labels.Build(), static_cast<int64_t>(i) * 60'000, value);
    }
  }

  std::vector<std::string> Lines(const Result<QueryResult>& result) {
    if (!result.ok()) return {std::string(result.message())};
    std::vector<std::string> lines;
    for (const ResultSeries& series : result->series) {
      std::string line = series.labels.ToString();
      for (size_t i = 0; i < series.values.size(); ++i) {
        line += " " + ApiDouble(series.values[i]);
        if (series.values.size() > 1)
          line += "@" + std::to_string(series.timestamps_ms[i] / 60'000);
      }
      lines.push_back(line);
    }
    return lines;
  }
  std::vector<std::string> At(int64_t minute, std::string_view query) {
    const auto expr = Parse(query);
    if (!expr.ok()) return {std::string(expr.message())};
    return Lines(engine_.Instant(**expr, minute * 60'000, {}));
  }
  std::vector<std::string> Over(int64_t start, int64_t end, std::string_view query) {
    return Lines(engine_.Range(**Parse(query),
                               {start * 60'000, 60'000, static_cast<size_t>(end - start + 1)}, {}));
  }

  TestStorage storage_;
  SystemClock clock_;
  Engine engine_{storage_, clock_, {}, 2};
};

TEST_F(EngineTest, SelectorsLookBackLessThanFiveMinutesAndStopAtStaleness) {
  Load("x{a=\"1\"}", {"1", "2", "_", "_", "_", "_", "_"});
  Load("x{a=\"2\"}", {"1", "stale"});
  EXPECT_THAT(At(0, "x"), UnorderedElementsAre("x{a=\"1\"} 1", "x{a=\"2\"} 1"));
  EXPECT_THAT(At(1, "x"), ElementsAre("x{a=\"1\"} 2"));
  EXPECT_THAT(At(5, "x"), ElementsAre("x{a=\"1\"} 2"));
  EXPECT_THAT(At(6, "x"), ElementsAre());  // exactly five minutes old: outside
  EXPECT_THAT(At(7, "x offset 7m"), UnorderedElementsAre("x{a=\"1\"} 1", "x{a=\"2\"} 1"));
  EXPECT_THAT(At(0, "x offset -1m"), ElementsAre("x{a=\"1\"} 2"));
  EXPECT_THAT(Over(4, 7, "x"), ElementsAre("x{a=\"1\"} 2@4 2@5"));
}

TEST_F(EngineTest, RangesAreLeftOpen) {
  Load("x", {"1", "2", "3", "4"});
  EXPECT_THAT(At(3, "count_over_time(x[2m])"), ElementsAre("{} 2"));
  EXPECT_THAT(At(3, "sum_over_time(x[2m])"), ElementsAre("{} 7"));
  EXPECT_THAT(At(3, "x[2m]"), ElementsAre("x 3@2 4@3"));
  EXPECT_THAT(At(3, "last_over_time(x[1m])"), ElementsAre("x 4"));
  EXPECT_THAT(At(9, "count_over_time(x[2m])"), ElementsAre());
}

TEST_F(EngineTest, RateExtrapolatesAndSeesResets) {
  Load("x", {"0", "60", "120", "30", "90"});
  EXPECT_THAT(At(2, "rate(x[3m])"), ElementsAre("{} 0.6666666666666667"));
  EXPECT_THAT(At(4, "increase(x[2m])"),
              ElementsAre("{} 90"));  // 60 of one minute, over one and a half
  EXPECT_THAT(At(3, "irate(x[5m])"), ElementsAre("{} 0.5"));
  EXPECT_THAT(At(0, "rate(x[3m])"), ElementsAre());
}

TEST_F(EngineTest, FunctionsOverRangesTreatNaNAsTheReference) {
  Load("x", {"1", "NaN", "3"});
  EXPECT_THAT(At(2, "max_over_time(x[5m])"), ElementsAre("{} 3"));
  EXPECT_THAT(At(2, "min_over_time(x[5m])"), ElementsAre("{} 1"));
  EXPECT_THAT(At(2, "avg_over_time(x[5m])"), ElementsAre("{} NaN"));
  Load("y", {"1", "2", "3", "4"});
  EXPECT_THAT(At(3, "quantile_over_time(0.5, y[5m])"), ElementsAre("{} 2.5"));
  EXPECT_THAT(At(3, "quantile_over_time(2, y[5m])"), ElementsAre("{} +Inf"));
  EXPECT_THAT(At(3, "stddev_over_time(y[5m])"), ElementsAre("{} 1.118033988749895"));
}

TEST_F(EngineTest, AggregatesByAndWithout) {
  Load("x{a=\"1\",b=\"p\"}", {"1"});
  Load("x{a=\"1\",b=\"q\"}", {"2"});
  Load("x{a=\"2\",b=\"p\"}", {"5"});
  EXPECT_THAT(At(0, "sum(x)"), ElementsAre("{} 8"));
  EXPECT_THAT(At(0, "sum by (a) (x)"), UnorderedElementsAre("{a=\"1\"} 3", "{a=\"2\"} 5"));
  EXPECT_THAT(At(0, "max without (a) (x)"), UnorderedElementsAre("{b=\"p\"} 5", "{b=\"q\"} 2"));
  EXPECT_THAT(At(0, "avg(x) by (b)"), UnorderedElementsAre("{b=\"p\"} 3", "{b=\"q\"} 2"));
  EXPECT_THAT(At(0, "count(x > 1)"), ElementsAre("{} 2"));
  EXPECT_THAT(At(0, "topk(2, x)"), ElementsAre("x{a=\"2\", b=\"p\"} 5", "x{a=\"1\", b=\"q\"} 2"));
  EXPECT_THAT(At(0, "topk by (a) (1, x)"),
              UnorderedElementsAre("x{a=\"1\", b=\"q\"} 2", "x{a=\"2\", b=\"p\"} 5"));
  EXPECT_THAT(At(0, "topk(0, x)"), ElementsAre());
  EXPECT_THAT(At(0, "sum(nothing)"), ElementsAre());
}

TEST_F(EngineTest, ComputesWithScalars) {
  Load("x", {"7"});
  EXPECT_THAT(At(0, "1 + 2 * 3 ^ 2 ^ 0 - -1"), ElementsAre("{} 8"));
  EXPECT_THAT(At(0, "-2 ^ 2"), ElementsAre("{} -4"));
  EXPECT_THAT(At(0, "x % 4"), ElementsAre("{} 3"));
  EXPECT_THAT(At(0, "10 - x"), ElementsAre("{} 3"));
  EXPECT_THAT(At(0, "x > 5"), ElementsAre("x 7"));
  EXPECT_THAT(At(0, "5 < x"), ElementsAre("x 7"));
  EXPECT_THAT(At(0, "x < 5"), ElementsAre());
  EXPECT_THAT(At(0, "x < bool 5"), ElementsAre("{} 0"));
  EXPECT_THAT(At(0, "1 > bool 0"), ElementsAre("{} 1"));
  EXPECT_THAT(At(0, "-x"), ElementsAre("{} -7"));
  EXPECT_THAT(Over(1, 2, "time()"), ElementsAre("{} 60@1 120@2"));
}

TEST_F(EngineTest, MatchesVectorsOneToOneAndManyToOne) {
  Load("used{a=\"1\",b=\"p\"}", {"2", "2"});
  Load("used{a=\"1\",b=\"q\"}", {"3", "_", "_", "_", "_", "_", "3"});
  Load("size{a=\"1\",kind=\"k\"}", {"10", "10"});
  Load("other{a=\"1\",b=\"p\"}", {"1", "1"});
  EXPECT_THAT(At(0, "used - other"), ElementsAre("{a=\"1\", b=\"p\"} 1"));
  EXPECT_THAT(At(0, "used > other"), ElementsAre("used{a=\"1\", b=\"p\"} 2"));
  EXPECT_THAT(At(0, "used / on (a) group_left (kind) size"),
              UnorderedElementsAre("{a=\"1\", b=\"p\", kind=\"k\"} 0.2",
                                   "{a=\"1\", b=\"q\", kind=\"k\"} 0.3"));
  EXPECT_THAT(
      At(0, "size / on (a) group_right used"),
      UnorderedElementsAre("{a=\"1\", b=\"p\"} 5", "{a=\"1\", b=\"q\"} 3.3333333333333335"));
  EXPECT_THAT(At(0, "used / on (a) size"),
              ElementsAre(HasSubstr("many-to-one matching must be explicit")));
  EXPECT_THAT(At(0, "size / on (a) used"),
              ElementsAre(HasSubstr("many-to-many matching not allowed")));
  // Where they do not meet at a step there is no conflict.
  EXPECT_THAT(At(6, "used / on (a) group_left size"), ElementsAre());
  EXPECT_THAT(Over(5, 5, "used * on (a) size"), ElementsAre("{a=\"1\"} 20"));
  EXPECT_THAT(At(0, "used * ignoring (b) size"), ElementsAre());
}

TEST_F(EngineTest, RefusesDuplicatesOnlyWhereTheyMeet) {
  Load("x{a=\"1\"}", {"1", "2", "stale"});
  Load("y{a=\"1\"}", {"_", "_", "_", "5", "6"});
  EXPECT_THAT(Over(1, 4, "-{a=\"1\"}"), ElementsAre("{a=\"1\"} -2@1 -5@3 -6@4"));
  Load("z{a=\"1\"}", {"1"});
  EXPECT_THAT(At(0, "-{a=\"1\"}"),
              ElementsAre("vector cannot contain metrics with the same labelset"));
}

TEST_F(EngineTest, EvaluatesSubqueriesAtTheirOwnSteps) {
  Load("x", {"0", "1", "2", "3", "4", "5", "6"});
  EXPECT_THAT(At(6, "sum_over_time(x[4m:2m])"), ElementsAre("{} 10"));  // at 4 and 6
  EXPECT_THAT(At(6, "max_over_time(rate(x[2m])[3m:1m])"), ElementsAre("{} 0.016666666666666666"));
  EXPECT_THAT(At(6, "x[2m:1m]"), ElementsAre("x 5@5 6@6"));
  EXPECT_THAT(Over(5, 6, "sum_over_time(x[2m:1m] offset 1m)"), ElementsAre("{} 7@5 9@6"));
}

TEST_F(EngineTest, FixesTimesByAt) {
  Load("x", {"0", "1", "2", "3"});
  EXPECT_THAT(Over(2, 3, "x @ 60"), ElementsAre("x 1@2 1@3"));
  EXPECT_THAT(Over(2, 3, "x - x @ start()"), ElementsAre("{} 0@2 1@3"));
  EXPECT_THAT(At(9, "sum_over_time(x[2m] @ 180 offset 1m)"), ElementsAre("{} 3"));
}

TEST_F(EngineTest, ComparesSetsByPresence) {
  Load("x{a=\"1\"}", {"1", "1"});
  Load("x{a=\"2\"}", {"2"});
  Load("y{a=\"1\"}", {"5"});
  EXPECT_THAT(At(0, "x and y"), ElementsAre("x{a=\"1\"} 1"));
  EXPECT_THAT(At(0, "x unless y"), ElementsAre("x{a=\"2\"} 2"));
  EXPECT_THAT(At(0, "y or x"), ElementsAre("y{a=\"1\"} 5", "x{a=\"2\"} 2"));
}

TEST_F(EngineTest, AddsUpHistogramsAndTellsOfMixes) {
  auto histogram = std::make_shared<storage::Histogram>();
  histogram->count = 3;
  histogram->sum = 4;
  histogram->positive = {{{0, 2}}, {1, 2}};
  const LabelSet first = LabelSet::Of({{"__name__", "h"}, {"a", "1"}});
  storage_.Add(first, {0}, 0, histogram);
  storage_.Add(LabelSet::Of({{"__name__", "h"}, {"a", "2"}}), {0}, 0, histogram);
  EXPECT_THAT(At(0, "histogram_count(sum(h))"), ElementsAre("{} 6"));
  EXPECT_THAT(At(0, "histogram_fraction(0, 1, h{a=\"1\"})"),
              ElementsAre("{a=\"1\"} 0.3333333333333333"));
  EXPECT_THAT(At(0, "h > 1"), ElementsAre());
  Load("h{a=\"3\"}", {"1"});
  const auto mixed = engine_.Instant(**Parse("sum(h)"), 0, {.text = "sum(h)"});
  EXPECT_THAT(mixed->series, testing::IsEmpty());
  EXPECT_THAT(mixed->warnings,
              ElementsAre("PromQL warning: encountered a mix of histograms and floats for "
                          "aggregation (1:5)"));
}

TEST_F(EngineTest, GivesTheSameWhateverTheNumberOfThreads) {
  for (int i = 0; i < 100; ++i)
    Load("x{i=\"" + std::to_string(i) + "\"}", {"0.1", std::to_string(i) + ".3"});
  const Engine serial(storage_, clock_, {}, 1);
  const auto expr = *Parse("sum(rate(x[5m])) + avg(x)");
  EXPECT_EQ(Lines(serial.Instant(*expr, 60'000, {})), Lines(engine_.Instant(*expr, 60'000, {})));
}

TEST_F(EngineTest, EndsQueriesWhenItIsStopped) {
  Load("x", {"1"});
  Engine engine(storage_, clock_, {}, 1);
  engine.Stop();
  EXPECT_EQ(engine.Instant(**Parse("x"), 0, {}).code(), Code::kCancelled);
}

TEST_F(EngineTest, StopsAtItsLimits) {
  Load("x", {"1", "2", "3"});
  const Engine small(storage_, clock_, {.max_samples = 2}, 1);
  EXPECT_EQ(small.Instant(**Parse("sum_over_time(x[5m])"), 120'000, {}).code(), Code::kLimit);
  const Engine late(storage_, clock_, {.timeout = {-1}}, 1);
  EXPECT_EQ(late.Instant(**Parse("x"), 0, {}).code(), Code::kTimeout);
}

TEST_F(EngineTest, AbsentOverTimeIsOfSeriesWhoseLabelsDifferByNameAlone) {
  Load("a{x=\"1\"}", {"1"});
  Load("b{x=\"1\"}", {"1"});
  EXPECT_THAT(At(0, "absent_over_time({x=\"1\"}[1m])"), ElementsAre());
  EXPECT_THAT(At(9, "absent_over_time({x=\"1\"}[1m])"), ElementsAre("{x=\"1\"} 1"));
}

TEST_F(EngineTest, AmbiguousPartnersAreAnErrorEvenWhereNothingLooksForOne) {
  Load("many{x=\"1\"}", {"1"});
  Load("one{y=\"1\"}", {"1"});
  Load("one{y=\"2\"}", {"1"});
  EXPECT_THAT(At(0, "many / on (x) group_left () one"),
              ElementsAre(HasSubstr("found duplicate series")));
  EXPECT_THAT(At(9, "many / on (x) group_left () one"), ElementsAre());
}

}  // namespace
}  // namespace narthex::promql
