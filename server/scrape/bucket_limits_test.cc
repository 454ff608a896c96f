#include "server/scrape/bucket_limits.h"

#include <gtest/gtest.h>

namespace narthex::server {
namespace {

storage::Histogram Eight(int32_t schema) {
  storage::Histogram histogram;
  histogram.schema = schema;
  histogram.count = 8;
  histogram.positive.spans = {{1, 8}};
  histogram.positive.counts.assign(8, 1);
  return histogram;
}

TEST(LimitBuckets, MergesUntilThereAreFewEnough) {
  storage::Histogram histogram = Eight(2);
  ASSERT_TRUE(LimitBuckets(4, 0, histogram).ok());
  EXPECT_EQ(histogram.schema, 1);
  EXPECT_EQ(histogram.positive.counts, (std::vector<double>{2, 2, 2, 2}));
  ASSERT_TRUE(LimitBuckets(0, 0, histogram).ok());
  EXPECT_EQ(histogram.schema, 1);
}

TEST(LimitBuckets, MergesUntilTheyGrowEnough) {
  for (const auto& [factor, schema] :
       {std::pair{1.1, 2}, {1.5, 0}, {2.0, 0}, {3.0, -1}, {1.0, 2}}) {
    storage::Histogram histogram = Eight(2);
    ASSERT_TRUE(LimitBuckets(0, factor, histogram).ok());
    EXPECT_EQ(histogram.schema, schema) << factor;
  }
}

TEST(LimitBuckets, RefusesWhatCannotBeMerged) {
  storage::Histogram histogram = Eight(storage::Histogram::kMinSchema);
  EXPECT_EQ(LimitBuckets(4, 0, histogram).message(),
            "native_histogram_bucket_limit exceeded: 8 buckets, limit 4");
  storage::Histogram custom = Eight(storage::Histogram::kCustomBuckets);
  EXPECT_EQ(LimitBuckets(4, 1.1, custom).code(), Code::kLimit);
}

}  // namespace
}  // namespace narthex::server
