#include "server/scrape/classic_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace narthex::server {
namespace {

// Adds a bucket's own count; empty ones take no room.
void AppendCount(storage::BucketCounts& counts, uint32_t index, double count, uint32_t& next) {
  if (count == 0) return;
  if (counts.spans.empty() || index != next) {
    counts.spans.push_back({static_cast<int32_t>(index - next), 1});
  } else {
    ++counts.spans.back().length;
  }
  counts.counts.push_back(count);
  next = index + 1;
}

}  // namespace

void ClassicHistogram::AddBucket(double upper_bound, double cumulative_count) {
  buckets_.push_back({upper_bound, cumulative_count});
}

Result<storage::Histogram> ClassicHistogram::Convert() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<Bucket> buckets = buckets_;
  std::sort(buckets.begin(), buckets.end(),
            [](const Bucket& a, const Bucket& b) { return a.upper_bound < b.upper_bound; });
  if (!buckets.empty() && std::isnan(buckets.back().upper_bound))
    return InvalidArgument("a bucket's bound is no number");
  const double last = buckets.empty() ? 0 : buckets.back().cumulative_count;
  if (buckets.empty() || buckets.back().upper_bound != kInfinity)
    buckets.push_back({kInfinity, count_.value_or(last)});
  storage::Histogram histogram;
  histogram.schema = storage::Histogram::kCustomBuckets;
  histogram.count = count_.value_or(buckets.back().cumulative_count);
  histogram.sum = sum_.value_or(0);
  histogram.float_counts = histogram.count != std::floor(histogram.count);
  if (buckets.back().cumulative_count != histogram.count)
    return InvalidArgument("the buckets of a histogram and its count differ");
  double before = 0;
  uint32_t next = 0;
  for (uint32_t i = 0; i < buckets.size(); ++i) {
    const auto& [bound, cumulative] = buckets[i];
    if (i > 0 && bound == buckets[i - 1].upper_bound)
      return InvalidArgument("a bucket of a histogram comes twice");
    if (!(cumulative >= before))
      return InvalidArgument("counts fall from one bucket of a histogram to the next");
    if (cumulative != std::floor(cumulative)) histogram.float_counts = true;
    if (bound != kInfinity) histogram.custom_bounds.push_back(bound);
    AppendCount(histogram.positive, i, cumulative - before, next);
    before = cumulative;
  }
  return histogram;
}

}  // namespace narthex::server
