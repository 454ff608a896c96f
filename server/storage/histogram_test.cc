#include "server/storage/histogram.h"

#include <gtest/gtest.h>

#include <limits>

namespace narthex::storage {
namespace {

Histogram Example() {
  Histogram histogram;
  histogram.float_counts = false;
  histogram.schema = 1;
  histogram.zero_threshold = 0.001;
  histogram.zero_count = 1;
  histogram.count = 11;
  histogram.sum = 20;
  histogram.positive = {{{-1, 3}, {1, 2}}, {1, 2, 3, 1, 1}};  // buckets -1 0 1 and 3 4
  histogram.negative = {{{2, 1}}, {2}};
  return histogram;
}

TEST(Histogram, IsValidWhenCountsAndSpansFit) {
  EXPECT_TRUE(Validate(Example()).ok()) << Validate(Example()).message();
}

TEST(Histogram, IsRefusedWhenSpansOrCountsDoNotFit) {
  Histogram short_of_counts = Example();
  short_of_counts.positive.counts.pop_back();
  EXPECT_FALSE(Validate(short_of_counts).ok());
  Histogram wrong_total = Example();
  wrong_total.count = 12;
  EXPECT_FALSE(Validate(wrong_total).ok());
  Histogram unknown_schema = Example();
  unknown_schema.schema = 9;
  EXPECT_FALSE(Validate(unknown_schema).ok());
  Histogram negative = Example();
  negative.negative.counts[0] = -1;
  EXPECT_FALSE(Validate(negative).ok());
}

TEST(Histogram, MayCountNaNThatNoBucketHolds) {
  Histogram histogram = Example();
  histogram.count = 12;
  histogram.sum = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(Validate(histogram).ok());
}

// Bucket i of schema 1 ends at 2^(i/2), of schema 0 at 2^i: so -1 and 0 go into 0, 1 into 1, 3 and
// 4 into 2.
TEST(Histogram, ReducedToACoarserSchemaKeepsEveryObservation) {
  Histogram histogram = Example();
  ReduceResolution(histogram, 0);
  EXPECT_EQ(histogram.schema, 0);
  EXPECT_EQ(histogram.positive.spans, (std::vector<BucketSpan>{{0, 3}}));
  EXPECT_EQ(histogram.positive.counts, (std::vector<double>{3, 3, 2}));
  EXPECT_EQ(histogram.negative.spans, (std::vector<BucketSpan>{{1, 1}}));
  EXPECT_TRUE(Validate(histogram).ok());
}

TEST(Histogram, CustomBucketsStayWithinTheirBounds) {
  Histogram histogram;
  histogram.schema = Histogram::kCustomBuckets;
  histogram.custom_bounds = {1, 2};
  histogram.positive = {{{0, 3}}, {1, 1, 1}};
  histogram.count = 3;
  EXPECT_TRUE(Validate(histogram).ok());
  histogram.positive = {{{0, 4}}, {1, 1, 1, 1}};
  EXPECT_FALSE(Validate(histogram).ok());
}

TEST(Histogram, StaleMarkerIsOneOfBitsNotOfValue) {
  EXPECT_TRUE(IsStaleHistogram(StaleHistogram(true)));
  EXPECT_FALSE(IsStaleHistogram(Example()));
  EXPECT_TRUE(Same(StaleHistogram(true), StaleHistogram(true)));
}

}  // namespace
}  // namespace narthex::storage
