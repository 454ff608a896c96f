#include "server/scrape/classic_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace narthex::server {
namespace {

using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(ClassicHistogram, BecomesOneWithCustomBuckets) {
  ClassicHistogram classic;
  classic.SetSum(7.5);
  classic.AddBucket(kInfinity, 6);
  classic.AddBucket(1, 2);
  classic.AddBucket(2, 2);
  classic.AddBucket(4, 5);
  classic.SetCount(6);
  const auto histogram = classic.Convert();
  ASSERT_TRUE(histogram.ok()) << histogram.message();
  EXPECT_TRUE(histogram->custom());
  EXPECT_FALSE(histogram->float_counts);
  EXPECT_THAT(histogram->custom_bounds, ElementsAre(1, 2, 4));
  EXPECT_THAT(histogram->positive.counts, ElementsAre(2, 3, 1));
  EXPECT_THAT(histogram->positive.spans,
              ElementsAre(storage::BucketSpan{0, 1}, storage::BucketSpan{1, 2}));
  EXPECT_EQ(histogram->count, 6);
  EXPECT_EQ(histogram->sum, 7.5);
  EXPECT_TRUE(Validate(*histogram).ok()) << Validate(*histogram).message();
}

TEST(ClassicHistogram, NeedsNeitherCountNorLastBucket) {
  ClassicHistogram without_count;
  without_count.AddBucket(1, 2);
  without_count.AddBucket(kInfinity, 3);
  EXPECT_EQ(without_count.Convert()->count, 3);
  ClassicHistogram without_last;
  without_last.AddBucket(1, 2.5);
  without_last.SetCount(3);
  EXPECT_THAT(without_last.Convert()->positive.counts, ElementsAre(2.5, 0.5));
  EXPECT_TRUE(without_last.Convert()->float_counts);
}

TEST(ClassicHistogram, RefusesWhatContradictsItself) {
  ClassicHistogram falls;
  falls.AddBucket(1, 2);
  falls.AddBucket(2, 1);
  falls.AddBucket(kInfinity, 3);
  EXPECT_EQ(falls.Convert().message(), "counts fall from one bucket of a histogram to the next");
  ClassicHistogram differs;
  differs.AddBucket(kInfinity, 3);
  differs.SetCount(4);
  EXPECT_EQ(differs.Convert().message(), "the buckets of a histogram and its count differ");
  ClassicHistogram twice;
  for (int i = 0; i < 2; ++i) twice.AddBucket(1, 2);
  EXPECT_EQ(twice.Convert().message(), "a bucket of a histogram comes twice");
}

}  // namespace
}  // namespace narthex::server
