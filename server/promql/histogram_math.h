// Arithmetic of native histograms.
//
// Semantics follow Prometheus' model/histogram FloatHistogram: operands meet in the coarser schema
// and the wider zero bucket, custom buckets in the bounds that both have.
#ifndef NARTHEX_SERVER_PROMQL_HISTOGRAM_MATH_H_
#define NARTHEX_SERVER_PROMQL_HISTOGRAM_MATH_H_

#include "server/promql/histogram_buckets.h"

namespace narthex::promql {

// What an addition or subtraction has to tell beside its result.
struct HistogramMerge {
  bool compatible = true;    // false: exponential and custom buckets do not mix; nothing was done
  bool reconciled = false;   // custom bounds differed
  bool hints_clash = false;  // one side was a counter reset, the other was none
};

HistogramMerge AddTo(Histogram& histogram, const Histogram& other);
HistogramMerge SubtractFrom(Histogram& histogram, const Histogram& other);
void Multiply(Histogram& histogram, double factor);
void Divide(Histogram& histogram, double divisor);

// Drops empty buckets.
void Compact(Histogram& histogram);

// Whether counting began anew between two samples, by the hint or because a count fell.
bool DetectReset(const Histogram& now, const Histogram& before);

// To the last bit, hints aside. Empty spans make no difference.
bool SameHistogram(const Histogram& a, const Histogram& b);

bool Overflows(const Histogram& histogram);

// What lies below `bound` (upper) or above it; counts in the bucket that it cuts are interpolated,
// the sum is estimated from the middle of each bucket.
void TrimBuckets(Histogram& histogram, double bound, bool upper);

// A sum of histograms that carries the rounding error of each bucket along.
class HistogramSum {
 public:
  explicit HistogramSum(const Histogram& first) : value_(first) {}

  HistogramMerge Add(const Histogram& other);
  void Multiply(double factor);
  void Divide(double divisor);
  bool Overflows() const { return promql::Overflows(value_); }
  // The sum with the error put in.
  Histogram Result() const;

 private:
  struct Compensation {
    double zero_count = 0;
    double count = 0;
    double sum = 0;
    std::vector<double> positive;
    std::vector<double> negative;
  };
  void Scale(double factor, bool divide);

  Histogram value_;
  Compensation error_;
  bool compensated_ = false;
};

// The mean of histograms: their sum divided, or a running mean once the sum overflows.
class HistogramMean {
 public:
  explicit HistogramMean(const Histogram& first) : sum_(first) {}

  HistogramMerge Add(const Histogram& other);
  Histogram Result() const;

 private:
  HistogramSum sum_;
  double count_ = 1;
  bool running_ = false;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_HISTOGRAM_MATH_H_
