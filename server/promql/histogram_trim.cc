// Cutting histograms at a bound, for the operators </ and >/.
#include <cmath>
#include <limits>

#include "server/promql/histogram_math.h"

namespace narthex::promql {
namespace {

// What is left of a bucket: how many observations, and where their middle is taken to be.
struct Rest {
  double count = 0;
  double middle = 0;
};

double ZeroIfInfinite(double value) { return std::isinf(value) ? 0 : value; }

// Middle of an interval: arithmetic, or geometric where buckets grow exponentially. Of an infinite
// interval its finite end counts, as quantiles take it.
double Middle(double lower, double upper, bool positive, bool linear) {
  if (std::isinf(lower)) {
    if (std::isinf(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (std::isinf(upper)) return lower;
  if (linear) return (lower + upper) / 2;
  const double mean = std::sqrt(std::abs(lower * upper));
  return positive ? mean : -mean;
}

// Of the first custom bucket, which begins at -Inf; it is taken to begin at zero if it ends above.
Rest TrimOpenBelow(const Bucket& bucket, double bound, bool upper) {
  const bool splits = bucket.upper > 0 && !std::isinf(bucket.upper);
  if (upper) {
    if (bound >= bucket.upper) return {bucket.count, 0};
    if (bound > 0 && splits) return {bucket.count * bound / bucket.upper, bound / 2};
    if (bucket.upper <= 0) return {bucket.count, bound};
    return {0, ZeroIfInfinite(bucket.upper)};
  }
  if (bound <= bucket.lower) return {bucket.count, 0};
  if (bound >= 0 && bucket.upper > bound && splits)
    return {bucket.count * (1 - bound / bucket.upper), (bound + bucket.upper) / 2};
  return {0, ZeroIfInfinite(bucket.upper)};
}

Rest TrimOpenAbove(const Bucket& bucket, double bound, bool upper) {
  if (!upper && bound >= bucket.lower) return {bucket.count, bound};
  return {0, ZeroIfInfinite(bucket.lower)};
}

Rest TrimCut(const Bucket& bucket, double bound, bool upper, bool positive, bool linear) {
  if (std::isinf(bucket.lower)) return TrimOpenBelow(bucket, bound, upper);
  if (std::isinf(bucket.upper)) return TrimOpenAbove(bucket, bound, upper);
  const double below = bucket.count * FractionBelow(bucket, bound, linear);
  if (upper) return {below, Middle(bucket.lower, bound, positive, linear)};
  return {bucket.count - below, Middle(bound, bucket.upper, positive, linear)};
}

Rest TrimZero(const Bucket& zero, double bound, bool upper, bool has_negative, bool has_positive) {
  const double low = has_positive && !has_negative ? 0 : zero.lower;
  const double high = has_negative && !has_positive ? 0 : zero.upper;
  const bool all = upper ? bound >= high : bound <= low;
  const bool none = upper ? bound <= low : bound >= high;
  if (none) return {};
  if (all) return {zero.count, (low + high) / 2};
  if (upper) return {zero.count * ((bound - low) / (high - low)), (low + bound) / 2};
  return {zero.count * ((high - bound) / (high - low)), (bound + high) / 2};
}

class Trimmer {
 public:
  Trimmer(Histogram& histogram, double bound, bool upper)
      : histogram_(histogram), bound_(bound), upper_(upper) {}

  void Run() {
    const bool has_positive = TrimSide(histogram_.positive, true);
    const bool has_negative = TrimSide(histogram_.negative, false);
    if (histogram_.zero_count > 0) {
      const Rest rest =
          TrimZero(ZeroBucket(histogram_), bound_, upper_, has_negative, has_positive);
      changed_ = changed_ || rest.count != histogram_.zero_count;
      histogram_.zero_count = rest.count;
      Count(rest);
    }
    if (!changed_) return;
    histogram_.count = count_;
    histogram_.sum = sum_;
    Compact(histogram_);
  }

 private:
  void Count(const Rest& rest) {
    count_ += rest.count;
    sum_ += rest.middle * rest.count;
  }

  Rest Trim(const Bucket& bucket, bool positive) const {
    const bool linear = histogram_.custom();
    const bool all = upper_ ? bucket.upper <= bound_ : bucket.lower >= bound_;
    if (all) return {bucket.count, Middle(bucket.lower, bucket.upper, positive, linear)};
    const bool cut = upper_ ? bucket.lower < bound_ : bucket.upper > bound_;
    return cut ? TrimCut(bucket, bound_, upper_, positive, linear) : Rest{};
  }

  // Whether the side counts anything.
  bool TrimSide(storage::BucketCounts& side, bool positive) {
    bool any = false;
    Cells cells = CellsOf(side);
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].count == 0) continue;
      any = true;
      const Bucket bucket =
          positive ? PositiveBucket(histogram_, cells[i]) : NegativeBucket(histogram_, cells[i]);
      const Rest rest = Trim(bucket, positive);
      changed_ = changed_ || rest.count != bucket.count;
      side.counts[i] = rest.count;
      Count(rest);
    }
    return any;
  }

  Histogram& histogram_;
  const double bound_;
  const bool upper_;
  double count_ = 0;
  double sum_ = 0;
  bool changed_ = false;
};

}  // namespace

void TrimBuckets(Histogram& histogram, double bound, bool upper) {
  Trimmer(histogram, bound, upper).Run();
}

}  // namespace narthex::promql
