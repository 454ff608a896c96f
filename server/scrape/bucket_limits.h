// Limits that a job sets on native histograms.
#ifndef NARTHEX_SERVER_SCRAPE_BUCKET_LIMITS_H_
#define NARTHEX_SERVER_SCRAPE_BUCKET_LIMITS_H_

#include <cstdint>

#include "server/storage/histogram.h"

namespace narthex::server {

// Merges buckets until there are no more than `most` (0: any number) and each is at least `factor`
// times the one below (0: any). kLimit where that cannot be. Semantics follow Prometheus'
// native_histogram_bucket_limit and native_histogram_min_bucket_factor.
Status LimitBuckets(uint64_t most, double factor, storage::Histogram& histogram);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_BUCKET_LIMITS_H_
