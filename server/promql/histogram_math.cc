#include "server/promql/histogram_math.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "server/promql/kahan.h"

namespace narthex::promql {
namespace {

using storage::BucketCounts;
using storage::CounterResetHint;

// Two hints become one; true where they contradict each other.
bool MergeHints(Histogram& histogram, const Histogram& other) {
  CounterResetHint& hint = histogram.hint;
  if (hint == other.hint || hint == CounterResetHint::kGauge) return false;
  if (other.hint == CounterResetHint::kGauge) {
    hint = CounterResetHint::kGauge;
    return false;
  }
  const bool clash = hint != CounterResetHint::kUnknown && other.hint != CounterResetHint::kUnknown;
  hint = CounterResetHint::kUnknown;
  return clash;
}

// Both sides of a histogram as cells, with what each count lacks.
struct Sides {
  Cells positive;
  Cells negative;
};

void SetCompensations(Cells& cells, const std::vector<double>& compensations) {
  for (size_t i = 0; i < cells.size() && i < compensations.size(); ++i)
    cells[i].compensation = compensations[i];
}

std::vector<double> CompensationsOf(const Cells& cells) {
  std::vector<double> out;
  out.reserve(cells.size());
  for (const Cell& cell : cells) out.push_back(cell.compensation);
  return out;
}

struct ZeroBucketSum {
  KahanSum count;
  double threshold = 0;
};

// What the zero bucket counts once it is as wide as `threshold`, or wider where that would cut a
// bucket.
ZeroBucketSum WidenZero(const Histogram& histogram, const Sides& sides, KahanSum count,
                        double threshold) {
  if (threshold == histogram.zero_threshold) return {count, threshold};
  for (;;) {
    KahanSum sum = count;
    for (const Cell& cell : sides.positive) {
      const Bucket bucket = PositiveBucket(histogram, cell);
      if (bucket.lower >= threshold) break;
      sum.Add(cell.count);
      sum.Add(cell.compensation);
      if (bucket.upper > threshold) {
        if (cell.count != 0) threshold = bucket.upper;
        break;
      }
    }
    bool again = false;
    for (const Cell& cell : sides.negative) {
      const Bucket bucket = NegativeBucket(histogram, cell);
      if (bucket.upper <= -threshold) break;
      sum.Add(cell.count);
      sum.Add(cell.compensation);
      if (bucket.lower < -threshold) {
        again = cell.count != 0;
        if (again) threshold = -bucket.lower;
        break;
      }
    }
    if (!again) return {sum, threshold};
  }
}

// Takes out the buckets that the zero bucket has taken over, and empty ones.
void DropCovered(const Histogram& histogram, Cells& cells) {
  const double threshold = histogram.zero_threshold;
  cells.erase(std::remove_if(cells.begin(), cells.end(),
                             [&](const Cell& cell) {
                               const bool covered =
                                   ExponentialBound(cell.index - 1, histogram.schema) < threshold;
                               return covered || cell.count == 0;
                             }),
              cells.end());
}

struct Operand {
  Histogram& histogram;
  Sides& sides;
  KahanSum& zero;
};

// Makes the zero buckets of both equally wide; returns what the other's counts then.
double ReconcileZero(Operand into, const Histogram& other, const Sides& other_sides) {
  double count = other.zero_count;
  double threshold = other.zero_threshold;
  while (threshold != into.histogram.zero_threshold) {
    if (into.histogram.zero_threshold > threshold) {
      const ZeroBucketSum wide =
          WidenZero(other, other_sides, {other.zero_count, 0}, into.histogram.zero_threshold);
      count = wide.count.sum;
      threshold = wide.threshold;
    }
    if (threshold > into.histogram.zero_threshold) {
      const ZeroBucketSum wide = WidenZero(into.histogram, into.sides, into.zero, threshold);
      into.zero = wide.count;
      into.histogram.zero_threshold = wide.threshold;
      DropCovered(into.histogram, into.sides.positive);
      DropCovered(into.histogram, into.sides.negative);
    }
  }
  return count;
}

void AddCell(Cell& cell, const Cell& other, double sign, bool compensated) {
  if (!compensated) {
    cell.count += sign * other.count;
    return;
  }
  KahanSum sum{cell.count, cell.compensation};
  sum.Add(sign * other.count);
  if (other.compensation != 0) sum.Add(sign * other.compensation);
  cell.count = sum.sum;
  cell.compensation = sum.compensation;
}

// Merges the cells of `other` into ascending `cells`.
void MergeCells(Cells& cells, const Cells& other, double sign, bool compensated) {
  Cells merged;
  merged.reserve(cells.size() + other.size());
  size_t at = 0;
  for (const Cell& cell : other) {
    while (at < cells.size() && cells[at].index < cell.index) merged.push_back(cells[at++]);
    if (at < cells.size() && cells[at].index == cell.index) {
      merged.push_back(cells[at++]);
      AddCell(merged.back(), cell, sign, compensated);
    } else {
      merged.push_back({cell.index, sign * cell.count, sign * cell.compensation});
    }
  }
  merged.insert(merged.end(), cells.begin() + static_cast<ptrdiff_t>(at), cells.end());
  cells = std::move(merged);
}

// Leading buckets that lie within the zero bucket count there already.
void SkipWithinZero(const Histogram& histogram, Cells& cells) {
  const auto first = std::find_if(cells.begin(), cells.end(), [&](const Cell& cell) {
    return ExponentialBound(cell.index, histogram.schema) > histogram.zero_threshold;
  });
  cells.erase(cells.begin(), first);
}

void MergeExponential(Histogram& histogram, Sides& sides, const Histogram& other, Sides other_sides,
                      double sign, bool compensated) {
  const int32_t schema = std::min(histogram.schema, other.schema);
  if (histogram.schema != schema) {
    sides.positive = Coarser(sides.positive, histogram.schema, schema);
    sides.negative = Coarser(sides.negative, histogram.schema, schema);
  }
  if (other.schema != schema) {
    other_sides.positive = Coarser(other_sides.positive, other.schema, schema);
    other_sides.negative = Coarser(other_sides.negative, other.schema, schema);
  }
  histogram.schema = schema;
  SkipWithinZero(histogram, other_sides.positive);
  SkipWithinZero(histogram, other_sides.negative);
  MergeCells(sides.positive, other_sides.positive, sign, compensated);
  MergeCells(sides.negative, other_sides.negative, sign, compensated);
}

std::vector<double> CommonBounds(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

// Adds each bucket to that of the common bounds which holds it.
void Rebucket(const Cells& cells, const std::vector<double>& bounds,
              const std::vector<double>& common, double sign, std::vector<KahanSum>& into) {
  for (const Cell& cell : cells) {
    size_t target = common.size();
    if (static_cast<size_t>(cell.index) < bounds.size()) {
      const double bound = bounds[static_cast<size_t>(cell.index)];
      target = static_cast<size_t>(std::lower_bound(common.begin(), common.end(), bound) -
                                   common.begin());
    }
    into[target].Add(sign * cell.count);
    if (cell.compensation != 0) into[target].Add(sign * cell.compensation);
  }
}

// Returns whether bounds differed.
bool MergeCustom(Histogram& histogram, Sides& sides, const Histogram& other,
                 const Sides& other_sides, double sign, bool compensated) {
  if (histogram.custom_bounds == other.custom_bounds) {
    MergeCells(sides.positive, other_sides.positive, sign, compensated);
    return false;
  }
  std::vector<double> common = CommonBounds(histogram.custom_bounds, other.custom_bounds);
  std::vector<KahanSum> buckets(common.size() + 1);
  Rebucket(sides.positive, histogram.custom_bounds, common, 1, buckets);
  Rebucket(other_sides.positive, other.custom_bounds, common, sign, buckets);
  sides.positive.clear();
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].sum == 0 && buckets[i].compensation == 0) continue;
    sides.positive.push_back({static_cast<int32_t>(i), buckets[i].sum, buckets[i].compensation});
  }
  histogram.custom_bounds = std::move(common);
  return true;
}

HistogramMerge Merge(Histogram& histogram, const Histogram& other, double sign) {
  HistogramMerge merge;
  if (histogram.custom() != other.custom()) {
    merge.compatible = false;
    return merge;
  }
  merge.hints_clash = MergeHints(histogram, other);
  Sides sides{CellsOf(histogram.positive), CellsOf(histogram.negative)};
  const Sides other_sides{CellsOf(other.positive), CellsOf(other.negative)};
  if (histogram.custom()) {
    merge.reconciled = MergeCustom(histogram, sides, other, other_sides, sign, false);
  } else {
    KahanSum zero{histogram.zero_count, 0};
    const double other_zero = ReconcileZero({histogram, sides, zero}, other, other_sides);
    histogram.zero_count = zero.sum + sign * other_zero;
    MergeExponential(histogram, sides, other, other_sides, sign, false);
  }
  histogram.count += sign * other.count;
  histogram.sum += sign * other.sum;
  histogram.positive = CountsOf(sides.positive);
  histogram.negative = CountsOf(sides.negative);
  return merge;
}

template <typename Function>
void ForEachCount(Histogram& histogram, Function function) {
  function(histogram.zero_count);
  function(histogram.count);
  function(histogram.sum);
  for (double& count : histogram.positive.counts) function(count);
  for (double& count : histogram.negative.counts) function(count);
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

bool SameSide(const BucketCounts& a, const BucketCounts& b) {
  const Cells left = CellsOf(a);
  const Cells right = CellsOf(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Cell& x, const Cell& y) {
                      return x.index == y.index && SameBits(x.count, y.count);
                    });
}

}  // namespace

HistogramMerge AddTo(Histogram& histogram, const Histogram& other) {
  return Merge(histogram, other, 1);
}

HistogramMerge SubtractFrom(Histogram& histogram, const Histogram& other) {
  return Merge(histogram, other, -1);
}

void Multiply(Histogram& histogram, double factor) {
  ForEachCount(histogram, [factor](double& count) { count *= factor; });
  if (factor < 0) histogram.hint = CounterResetHint::kGauge;
}

void Divide(Histogram& histogram, double divisor) {
  if (divisor == 0) {
    histogram.positive = {};
    histogram.negative = {};
  }
  ForEachCount(histogram, [divisor](double& count) { count /= divisor; });
  if (divisor < 0) histogram.hint = CounterResetHint::kGauge;
}

void Compact(Histogram& histogram) {
  for (BucketCounts* side : {&histogram.positive, &histogram.negative}) {
    Cells cells = CellsOf(*side);
    cells.erase(std::remove_if(cells.begin(), cells.end(),
                               [](const Cell& cell) { return cell.count == 0; }),
                cells.end());
    *side = CountsOf(cells);
  }
}

bool SameHistogram(const Histogram& a, const Histogram& b) {
  return a.schema == b.schema && SameBits(a.count, b.count) && SameBits(a.sum, b.sum) &&
         (!a.custom() || a.custom_bounds == b.custom_bounds) &&
         a.zero_threshold == b.zero_threshold && SameBits(a.zero_count, b.zero_count) &&
         SameSide(a.positive, b.positive) && SameSide(a.negative, b.negative);
}

bool Overflows(const Histogram& histogram) {
  bool overflows = false;
  ForEachCount(const_cast<Histogram&>(histogram),  // only read here
               [&](double& count) { overflows = overflows || std::isinf(count); });
  return overflows;
}

HistogramMerge HistogramSum::Add(const Histogram& other) {
  HistogramMerge merge;
  if (value_.custom() != other.custom()) {
    merge.compatible = false;
    return merge;
  }
  merge.hints_clash = MergeHints(value_, other);
  compensated_ = true;
  Sides sides{CellsOf(value_.positive), CellsOf(value_.negative)};
  SetCompensations(sides.positive, error_.positive);
  SetCompensations(sides.negative, error_.negative);
  const Sides other_sides{CellsOf(other.positive), CellsOf(other.negative)};
  if (value_.custom()) {
    merge.reconciled = MergeCustom(value_, sides, other, other_sides, 1, true);
  } else {
    KahanSum zero{value_.zero_count, error_.zero_count};
    zero.Add(ReconcileZero({value_, sides, zero}, other, other_sides));
    value_.zero_count = zero.sum;
    error_.zero_count = zero.compensation;
    MergeExponential(value_, sides, other, other_sides, 1, true);
  }
  KahanSum count{value_.count, error_.count};
  count.Add(other.count);
  KahanSum sum{value_.sum, error_.sum};
  sum.Add(other.sum);
  value_.count = count.sum;
  value_.sum = sum.sum;
  value_.positive = CountsOf(sides.positive);
  value_.negative = CountsOf(sides.negative);
  error_ = {error_.zero_count, count.compensation, sum.compensation,
            CompensationsOf(sides.positive), CompensationsOf(sides.negative)};
  return merge;
}

void HistogramSum::Scale(double factor, bool divide) {
  const auto scale = [&](double& count) { count = divide ? count / factor : count * factor; };
  divide ? promql::Divide(value_, factor) : promql::Multiply(value_, factor);
  scale(error_.zero_count);
  scale(error_.count);
  scale(error_.sum);
  for (double& count : error_.positive) scale(count);
  for (double& count : error_.negative) scale(count);
}

void HistogramSum::Multiply(double factor) { Scale(factor, false); }
void HistogramSum::Divide(double divisor) { Scale(divisor, true); }

Histogram HistogramSum::Result() const {
  Histogram result = value_;
  if (!compensated_) return result;
  result.zero_count += error_.zero_count;
  result.count += error_.count;
  result.sum += error_.sum;
  for (size_t i = 0; i < error_.positive.size(); ++i)
    result.positive.counts[i] += error_.positive[i];
  for (size_t i = 0; i < error_.negative.size(); ++i)
    result.negative.counts[i] += error_.negative[i];
  return result;
}

HistogramMerge HistogramMean::Add(const Histogram& other) {
  ++count_;
  if (!running_) {
    HistogramSum next = sum_;
    const HistogramMerge merge = next.Add(other);
    if (!merge.compatible || !next.Overflows()) {
      if (merge.compatible) sum_ = std::move(next);
      return merge;
    }
    running_ = true;
    sum_.Divide(count_ - 1);
  }
  sum_.Multiply((count_ - 1) / count_);
  Histogram part = other;
  Divide(part, count_);
  return sum_.Add(part);
}

Histogram HistogramMean::Result() const {
  HistogramSum mean = sum_;
  if (!running_) mean.Divide(count_);
  return mean.Result();
}

}  // namespace narthex::promql
