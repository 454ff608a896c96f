// Quantiles and fractions of histograms, native ones and those in classic buckets.
//
// Semantics follow Prometheus' promql/quantile.go: positions within a bucket are interpolated, on a
// logarithmic scale in exponential buckets, linearly in others.
#ifndef NARTHEX_SERVER_PROMQL_HISTOGRAM_QUANTILE_H_
#define NARTHEX_SERVER_PROMQL_HISTOGRAM_QUANTILE_H_

#include <vector>

#include "server/promql/histogram_buckets.h"

namespace narthex::promql {

// A result, and whether observations of NaN have touched it.
struct QuantileResult {
  double value = 0;
  bool nan_result = false;  // NaN because the quantile falls on those
  bool nan_skew = false;    // higher than it would be without them
};

QuantileResult HistogramQuantile(double quantile, const Histogram& histogram);

struct FractionResult {
  double value = 0;
  bool has_nan = false;  // observations of NaN, which are in no fraction
};

// Which part of the observations lies between two bounds.
FractionResult HistogramFraction(double lower, double upper, const Histogram& histogram);

struct ClassicBucket {
  double upper_bound = 0;
  double count = 0;  // of all observations up to the bound
};

// How counts were mended so that they ascend.
struct Monotonicity {
  bool forced = false;
  double least_bound = 0;
  double greatest_bound = 0;
  double greatest_difference = 0;
};

// `buckets` are in any order, at least one; they are sorted and mended.
double ClassicQuantile(double quantile, std::vector<ClassicBucket>& buckets,
                       Monotonicity& monotonicity);
double ClassicFraction(double lower, double upper, std::vector<ClassicBucket>& buckets);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_HISTOGRAM_QUANTILE_H_
