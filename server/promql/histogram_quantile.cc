#include "server/promql/histogram_quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/promql/almost_equal.h"

namespace narthex::promql {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSmallDifference = 1e-12;  // relative; rounding makes such in sums of buckets

// The zero bucket reaches only to where the histogram has observations at all.
void NarrowZero(const Histogram& histogram, Bucket& bucket) {
  const bool negative = !histogram.negative.counts.empty();
  const bool positive = !histogram.positive.counts.empty();
  if (!negative && positive) bucket.lower = 0;
  if (!positive && negative) bucket.upper = 0;
}

double Interpolate(const Histogram& histogram, const Bucket& bucket, double fraction) {
  if (histogram.custom() || (bucket.lower <= 0 && bucket.upper >= 0))
    return bucket.lower + (bucket.upper - bucket.lower) * fraction;
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  if (bucket.lower > 0) return std::exp2(lower + (upper - lower) * fraction);
  return -std::exp2(upper + (lower - upper) * (1 - fraction));
}

// The rank of a bound among the observations, found while buckets pass by in ascending order.
class RankOf {
 public:
  explicit RankOf(double bound) : bound_(bound) {}

  bool found() const { return found_; }

  // `below` observations are in lower buckets; `inside` gives the rank of a bound within this one.
  template <typename Inside>
  void Visit(double bucket_lower, double bucket_upper, double below, Inside inside) {
    if (found_) return;
    if (bucket_lower >= bound_) {
      Set(below);
    } else if (bucket_upper > bound_) {
      Set(inside(bound_));
    }
  }
  double Result(double total) const { return !found_ || rank_ > total ? total : rank_; }

 private:
  void Set(double rank) {
    rank_ = rank;
    found_ = true;
  }

  const double bound_;
  double rank_ = 0;
  bool found_ = false;
};

void SortAndMergeEqual(std::vector<ClassicBucket>& buckets) {
  std::sort(buckets.begin(), buckets.end(), [](const ClassicBucket& a, const ClassicBucket& b) {
    return a.upper_bound < b.upper_bound;
  });
  size_t last = 0;
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper_bound == buckets[last].upper_bound) {
      buckets[last].count += buckets[i].count;
    } else {
      buckets[++last] = buckets[i];
    }
  }
  buckets.resize(last + 1);
}

Monotonicity MakeMonotonic(std::vector<ClassicBucket>& buckets) {
  Monotonicity mended{false, kInfinity, -kInfinity, 0};
  double before = buckets[0].count;
  for (size_t i = 1; i < buckets.size(); ++i) {
    const double count = buckets[i].count;
    if (count == before) continue;
    if (AlmostEqual(before, count, kSmallDifference)) {
      buckets[i].count = before;
    } else if (count < before) {
      buckets[i].count = before;
      mended.forced = true;
      mended.least_bound = std::min(mended.least_bound, buckets[i].upper_bound);
      mended.greatest_bound = std::max(mended.greatest_bound, buckets[i].upper_bound);
      mended.greatest_difference = std::max(mended.greatest_difference, before - count);
    } else {
      before = count;
    }
  }
  return mended;
}

}  // namespace

QuantileResult HistogramQuantile(double quantile, const Histogram& histogram) {
  if (quantile < 0) return {-kInfinity};
  if (quantile > 1) return {kInfinity};
  if (histogram.count == 0 || std::isnan(quantile)) return {std::nan("")};
  const bool has_nan = std::isnan(histogram.sum);
  // From the nearer end, which loses less precision; observations of NaN count as highest.
  const bool forward = has_nan || quantile < 0.5;
  std::vector<Bucket> buckets = AllBuckets(histogram);
  if (!forward) std::reverse(buckets.begin(), buckets.end());
  double rank = (forward ? quantile : 1 - quantile) * histogram.count;
  Bucket bucket;
  double count = 0;
  size_t at = 0;
  while (at < buckets.size()) {
    const Bucket& next = buckets[at++];
    if (next.count == 0) {
      bucket = next;
      continue;
    }
    bucket = next;
    count += bucket.count;
    if (count >= rank) break;
  }
  if (!histogram.custom() && bucket.lower < 0 && bucket.upper > 0) {
    NarrowZero(histogram, bucket);
  } else if (histogram.custom()) {
    if (bucket.lower == -kInfinity) {
      if (bucket.upper <= 0) return {bucket.upper};
      bucket.lower = 0;
    } else if (bucket.upper == kInfinity) {
      return {bucket.lower};
    }
  }
  count = std::min(count, histogram.count);
  if (count < rank) {
    if (has_nan) return {std::nan(""), true};
    return {bucket.upper};
  }
  rank = forward ? rank - (count - bucket.count) : count - rank;
  QuantileResult result;
  if (has_nan) {
    for (; at < buckets.size(); ++at) count += buckets[at].count;
    result.nan_skew = count < histogram.count;
  }
  result.value = Interpolate(histogram, bucket, rank / bucket.count);
  return result;
}

FractionResult HistogramFraction(double lower, double upper, const Histogram& histogram) {
  if (histogram.count == 0 || std::isnan(lower) || std::isnan(upper)) return {std::nan("")};
  if (lower >= upper) return {0};
  RankOf lower_rank(lower);
  RankOf upper_rank(upper);
  double below = 0;
  double total = 0;
  for (Bucket bucket : AllBuckets(histogram)) {
    total += bucket.count;
    const bool zero = bucket.lower <= 0 && bucket.upper >= 0;
    if (zero) NarrowZero(histogram, bucket);
    const auto inside = [&](double bound) {
      const bool linear = histogram.custom() || zero;
      if (linear && bucket.lower == -kInfinity) return bucket.count;
      return below + bucket.count * FractionBelow(bucket, bound, linear);
    };
    lower_rank.Visit(bucket.lower, bucket.upper, below, inside);
    upper_rank.Visit(bucket.lower, bucket.upper, below, inside);
    below += bucket.count;
  }
  const bool has_nan = std::isnan(histogram.sum) && total < histogram.count;
  if (!std::isnan(histogram.sum)) total = histogram.count;
  return {(upper_rank.Result(total) - lower_rank.Result(total)) / histogram.count, has_nan};
}

double ClassicQuantile(double quantile, std::vector<ClassicBucket>& buckets,
                       Monotonicity& monotonicity) {
  if (std::isnan(quantile)) return quantile;
  if (quantile < 0) return -kInfinity;
  if (quantile > 1) return kInfinity;
  SortAndMergeEqual(buckets);
  if (buckets.back().upper_bound != kInfinity) return std::nan("");
  monotonicity = MakeMonotonic(buckets);
  const double observations = buckets.back().count;
  if (buckets.size() < 2 || observations == 0) return std::nan("");
  double rank = quantile * observations;
  const auto found =
      std::find_if(buckets.begin(), buckets.end() - 1,
                   [&](const ClassicBucket& bucket) { return bucket.count >= rank; });
  const auto at = static_cast<size_t>(found - buckets.begin());
  if (at == buckets.size() - 1) return buckets[at - 1].upper_bound;
  if (at == 0 && buckets[0].upper_bound <= 0) return buckets[0].upper_bound;
  const double begin = at > 0 ? buckets[at - 1].upper_bound : 0;
  const double below = at > 0 ? buckets[at - 1].count : 0;
  rank -= below;
  return begin + (buckets[at].upper_bound - begin) * (rank / (buckets[at].count - below));
}

double ClassicFraction(double lower, double upper, std::vector<ClassicBucket>& buckets) {
  SortAndMergeEqual(buckets);
  const double total = buckets.back().count;
  if (buckets.back().upper_bound != kInfinity || total == 0 || std::isnan(lower) ||
      std::isnan(upper))
    return std::nan("");
  if (lower >= upper) return 0;
  RankOf lower_rank(lower);
  RankOf upper_rank(upper);
  double begin = buckets[0].upper_bound <= 0 ? -kInfinity : 0.0;
  double below = 0;
  for (const ClassicBucket& bucket : buckets) {
    const auto inside = [&](double bound) {
      if (begin == -kInfinity) return bucket.count;
      return below + (bucket.count - below) * (bound - begin) / (bucket.upper_bound - begin);
    };
    lower_rank.Visit(begin, bucket.upper_bound, below, inside);
    upper_rank.Visit(begin, bucket.upper_bound, below, inside);
    below = bucket.count;
    begin = bucket.upper_bound;
  }
  return (upper_rank.Result(total) - lower_rank.Result(total)) / total;
}

}  // namespace narthex::promql
