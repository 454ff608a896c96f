#include "server/scrape/bucket_limits.h"

#include <algorithm>
#include <cmath>

namespace narthex::server {
namespace {

using storage::Histogram;

// The finest schema whose buckets grow by at least `factor`; they grow by 2^(2^-schema).
int32_t SchemaOf(double factor) {
  if (!(factor > 1)) return Histogram::kMaxSchema;
  const double schema = std::floor(-std::log2(std::log2(factor)));
  return static_cast<int32_t>(
      std::clamp<double>(schema, Histogram::kMinSchema, Histogram::kMaxSchema));
}

uint64_t Buckets(const Histogram& histogram) {
  return histogram.positive.counts.size() + histogram.negative.counts.size();
}

}  // namespace

Status LimitBuckets(uint64_t most, double factor, Histogram& histogram) {
  if (factor > 0 && !histogram.custom()) {
    const int32_t schema = SchemaOf(factor);
    if (histogram.schema > schema) storage::ReduceResolution(histogram, schema);
  }
  if (most == 0) return {};
  while (Buckets(histogram) > most) {
    if (histogram.custom() || histogram.schema <= Histogram::kMinSchema)
      return LimitReached(
          "native_histogram_bucket_limit exceeded: ", std::to_string(Buckets(histogram)),
          " buckets, limit ", std::to_string(most));
    storage::ReduceResolution(histogram, histogram.schema - 1);
  }
  return {};
}

}  // namespace narthex::server
