// A native histogram sample, as storage keeps it and as queries compute with it.
//
// Semantics follow Prometheus' model/histogram: exponential schemas -4 to 8, custom buckets as
// schema -53. Bucket i of an exponential schema s ends at 2^(i * 2^-s), which it includes.
#ifndef NARTHEX_SERVER_STORAGE_HISTOGRAM_H_
#define NARTHEX_SERVER_STORAGE_HISTOGRAM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/openmetrics/model.h"
#include "common/status/status.h"

namespace narthex::storage {

// What is known of the step from the sample before. On disk: add, never renumber.
enum class CounterResetHint : uint8_t {
  kUnknown = 0,
  kReset = 1,
  kNotReset = 2,
  kGauge = 3,  // counts may fall: it is no counter
};

// The buckets of one side: as many counts as the spans are long together. A count is its bucket's
// own, neither cumulative nor a difference to its neighbour.
using BucketSpan = openmetrics::BucketSpan;
using BucketCounts = openmetrics::NativeBuckets;

// Plain values; Validate() checks what came from outside. Copying copies the buckets: whoever keeps
// many shares them by HistogramPtr.
struct Histogram {
  static constexpr int32_t kCustomBuckets = openmetrics::NativeHistogram::kCustomBuckets;
  static constexpr int32_t kMinSchema = -4;
  static constexpr int32_t kMaxSchema = 8;

  CounterResetHint hint = CounterResetHint::kUnknown;
  bool float_counts = true;  // false: all counts are whole, and storage encodes them as integers
  int32_t schema = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;  // the stale marker's bits here make the whole sample a stale marker
  BucketCounts positive;
  BucketCounts negative;
  std::vector<double> custom_bounds;  // ascending, without +Inf; of kCustomBuckets only

  bool custom() const { return schema == kCustomBuckets; }
};
using HistogramPtr = std::shared_ptr<const Histogram>;

// The sample that marks the end of a series of histograms.
Histogram StaleHistogram(bool float_counts);
bool IsStaleHistogram(const Histogram& histogram);

// Equality to the last bit, as openmetrics::Same(): spans and bounds too, hints not.
bool Same(const Histogram& a, const Histogram& b);

// Whether the spans fit the counts, no count is negative, the total is not less than the buckets
// hold together, counts that claim to be whole are, and schema, bounds and thresholds are possible.
// kInvalidArgument names the finding.
Status Validate(const Histogram& histogram);

// Merges buckets so that the schema becomes `schema`, which is not above the present one. Of
// exponential schemas only.
void ReduceResolution(Histogram& histogram, int32_t schema);

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_HISTOGRAM_H_
