// What queries tell of the samples that they look at and read. The counts are those of the
// reference.
#include "server/promql/samples_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "server/promql/engine.h"
#include "server/promql/parser.h"
#include "server/promql/test_storage.h"

namespace narthex::promql {
namespace {

using Counts = std::vector<uint64_t>;

LabelSet Named(std::string_view name, std::string_view place) {
  LabelSetBuilder labels;
  labels.Set("__name__", name);
  if (!place.empty()) labels.Set("place", place);
  return labels.Build();
}

// Samples every ten seconds: one series of `one`, three of `three`, one of histograms.
class SamplesReadTest : public testing::Test {
 protected:
  SamplesReadTest() {
    auto histogram = std::make_shared<storage::Histogram>();
    histogram->positive.spans = {{0, 4}};
    histogram->positive.counts = {1, 2, 1, 1};
    histogram_size_ = SamplesOf(*histogram);
    for (int64_t time_ms = 0; time_ms <= 1'000'000; time_ms += 10'000) {
      storage_.Add(Named("one", ""), time_ms, 1);
      for (const char* place : {"1", "2", "3"}) storage_.Add(Named("three", place), time_ms, 1);
      storage_.Add(Named("histogram", ""), {time_ms}, 0, histogram);
    }
  }

  QueryStats Ask(std::string_view query, const Steps& steps, bool per_step) {
    QueryOptions options;
    options.exact_stats = true;
    options.per_step_stats = per_step;
    const auto expr = *Parse(query);
    return (steps.count == 1 ? engine_.Instant(*expr, steps.start_ms, options)
                             : engine_.Range(*expr, steps, options))
        ->stats;
  }

  // `step_s` seconds between steps.
  void ExpectRead(std::string_view query, int64_t start_s, int64_t step_s, const Counts& looked_at,
                  const Counts& read) {
    SCOPED_TRACE(query);
    const Steps steps{start_s * 1000, step_s * 1000, read.size()};
    const QueryStats stats = Ask(query, steps, true);
    EXPECT_EQ(stats.samples_at_step, looked_at);
    EXPECT_EQ(stats.read_at_step, read);
    EXPECT_EQ(stats.samples_read, std::accumulate(read.begin(), read.end(), uint64_t{0}));
    // The same in sum where steps are not counted apart.
    const QueryStats total = Ask(query, steps, false);
    EXPECT_EQ(total.samples_read, stats.samples_read);
    EXPECT_TRUE(total.read_at_step.empty());
  }

  uint64_t histogram_size_ = 0;
  TestStorage storage_;
  SystemClock clock_;
  Engine engine_{storage_, clock_, {.per_step_stats = true}, 1};
};

TEST_F(SamplesReadTest, SelectorsReadAtEachStep) {
  ExpectRead("one", 201, 5, {1, 1, 1}, {1, 1, 1});
  ExpectRead("three", 201, 1, {3}, {3});
  ExpectRead("histogram", 201, 5, {histogram_size_, histogram_size_},
             {histogram_size_, histogram_size_});
  ExpectRead("timestamp(one)", 201, 5, {1, 1}, {1, 1});
  ExpectRead("one[60s]", 201, 1, {6}, {6});
  ExpectRead("1 + 1", 201, 5, {0, 0}, {0, 0});
}

TEST_F(SamplesReadTest, WindowsThatOverlapReadOnce) {
  ExpectRead("max_over_time(three[60s])", 201, 5, {18, 18, 18, 18}, {18, 0, 3, 0});
  ExpectRead("rate(one[60s])", 201, 10, {6, 6, 6}, {6, 1, 1});
  ExpectRead("last_over_time(histogram[20s])", 201, 10, {2 * histogram_size_, 2 * histogram_size_},
             {2 * histogram_size_, histogram_size_});
}

TEST_F(SamplesReadTest, WhatLiesBetweenWindowsIsNotRead) {
  ExpectRead("sum_over_time(one[20s])", 201, 60, {2, 2, 2}, {2, 2, 2});
  ExpectRead("max_over_time(one[30s:10s])", 201, 60, {3, 3}, {3, 3});
}

TEST_F(SamplesReadTest, AFixedTimeIsReadAtTheFirstStep) {
  ExpectRead("max_over_time(three[60s] @ 30)", 201, 5, {12, 12, 12, 12}, {12, 0, 0, 0});
  ExpectRead("predict_linear(one[60s] @ 100, 60)", 100, 100, {6, 6, 6}, {6, 0, 0});
  ExpectRead("max_over_time(one[20s:10s] @ 100)", 201, 60, {2, 2, 2}, {2, 0, 0});
}

TEST_F(SamplesReadTest, OfSubqueriesCountsWhatTheyReadThemselves) {
  ExpectRead("max_over_time(three[60s:5s])", 201, 5, {36, 36, 36, 36}, {36, 3, 3, 3});
  ExpectRead("max_over_time(one[20s:10s])", 201, 10, {2, 2, 2}, {2, 1, 1});
  ExpectRead("sum_over_time(one[20s:10s] offset 1m)", 240, 10, {2, 2}, {2, 1});
  ExpectRead("rate(sum_over_time(one[30s])[1m:30s])", 240, 1, {2}, {6});
  ExpectRead("max_over_time(one[60s])[20s:5s]", 201, 1, {24}, {8});
  ExpectRead("sum_over_time(max_over_time(three[60s] @ 300)[5m:1m] @ 600)[10m:2m]", 800, 1, {75},
             {18});
}

}  // namespace
}  // namespace narthex::promql
