// Walking the buckets of native histograms.
//
// Semantics follow Prometheus' model/histogram: bucket i of an exponential schema s ends at
// 2^(i * 2^-s); of custom buckets, i ends at the i-th bound, and one beyond at +Inf.
#ifndef NARTHEX_SERVER_PROMQL_HISTOGRAM_BUCKETS_H_
#define NARTHEX_SERVER_PROMQL_HISTOGRAM_BUCKETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/storage/histogram.h"

namespace narthex::promql {

using storage::Histogram;
using storage::HistogramPtr;

struct Bucket {
  double lower = 0;
  double upper = 0;
  double count = 0;
  bool lower_inclusive = false;
  bool upper_inclusive = false;
};

// One bucket by its number; `compensation` is what the count lacks of the exact sum.
struct Cell {
  int32_t index = 0;
  double count = 0;
  double compensation = 0;
};
using Cells = std::vector<Cell>;

// The upper bound of a bucket of an exponential schema.
double ExponentialBound(int32_t index, int32_t schema);
// The upper bound of a positive bucket of a histogram.
double UpperBound(const Histogram& histogram, int32_t index);

// The buckets of one side in ascending order of their number, and back. Empty ones stay.
Cells CellsOf(const storage::BucketCounts& side);
storage::BucketCounts CountsOf(const Cells& cells);
// Merged to a coarser schema; sums are compensated.
Cells Coarser(const Cells& cells, int32_t from_schema, int32_t to_schema);

Bucket PositiveBucket(const Histogram& histogram, const Cell& cell);
Bucket NegativeBucket(const Histogram& histogram, const Cell& cell);
Bucket ZeroBucket(const Histogram& histogram);

// All buckets from the lowest upwards, that of zero among them if it counts anything.
std::vector<Bucket> AllBuckets(const Histogram& histogram);

// Which part of a bucket lies at or below `value`, which is strictly inside its finite bounds:
// linearly, or else exponentially as the buckets grow.
double FractionBelow(const Bucket& bucket, double value, bool linear);

// {count:3, sum:4, (1,2]:3}
std::string HistogramText(const Histogram& histogram);
// {{schema:1 count:3 sum:4 buckets:[3]}}, as test scripts write it.
std::string HistogramTestText(const Histogram& histogram);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_HISTOGRAM_BUCKETS_H_
