// Whether a histogram began to count anew.
#include <algorithm>
#include <limits>

#include "server/promql/histogram_math.h"

namespace narthex::promql {
namespace {

using storage::CounterResetHint;

// Both ascending: whether any bucket of `before` counted more than that of `now`.
bool AnyFell(const Cells& now, const Cells& before) {
  size_t at = 0;
  for (const Cell& cell : before) {
    while (at < now.size() && now[at].index < cell.index) ++at;
    const double count = at < now.size() && now[at].index == cell.index ? now[at].count : 0;
    if (count < cell.count) return true;
  }
  return false;
}

// Those beyond the zero bucket, merged to `schema`.
Cells Beyond(const storage::BucketCounts& side, int32_t from, int32_t schema, double threshold) {
  Cells cells = CellsOf(side);
  if (from != schema) cells = Coarser(cells, from, schema);
  if (threshold == 0) return cells;
  const auto first = std::find_if(cells.begin(), cells.end(), [&](const Cell& cell) {
    return ExponentialBound(cell.index, schema) > threshold;
  });
  cells.erase(cells.begin(), first);
  return cells;
}

// Counts of all buckets up to `bound`.
double CountUpTo(const Histogram& histogram, const Cells& cells, double bound) {
  double count = 0;
  for (const Cell& cell : cells) {
    if (UpperBound(histogram, cell.index) > bound) break;
    count += cell.count;
  }
  return count;
}

// Custom buckets whose bounds differ are compared between the bounds that both have.
bool CommonBucketsFell(const Histogram& now, const Histogram& before) {
  std::vector<double> common;
  std::set_intersection(now.custom_bounds.begin(), now.custom_bounds.end(),
                        before.custom_bounds.begin(), before.custom_bounds.end(),
                        std::back_inserter(common));
  common.push_back(std::numeric_limits<double>::infinity());
  const Cells now_cells = CellsOf(now.positive);
  const Cells before_cells = CellsOf(before.positive);
  double now_below = 0;
  double before_below = 0;
  for (const double bound : common) {
    const double now_count = CountUpTo(now, now_cells, bound);
    const double before_count = CountUpTo(before, before_cells, bound);
    if (now_count - now_below < before_count - before_below) return true;
    now_below = now_count;
    before_below = before_count;
  }
  return false;
}

// What the zero bucket would count were it as wide as `threshold`; false where that cuts a bucket
// which counts something.
bool WidenedZeroCount(const Histogram& histogram, double threshold, double& count) {
  count = histogram.zero_count;
  if (threshold == histogram.zero_threshold) return true;
  for (const Cell& cell : CellsOf(histogram.positive)) {
    const Bucket bucket = PositiveBucket(histogram, cell);
    if (bucket.lower >= threshold) break;
    if (bucket.upper > threshold && cell.count != 0) return false;
    count += cell.count;
  }
  for (const Cell& cell : CellsOf(histogram.negative)) {
    const Bucket bucket = NegativeBucket(histogram, cell);
    if (bucket.upper <= -threshold) break;
    if (bucket.lower < -threshold && cell.count != 0) return false;
    count += cell.count;
  }
  return true;
}

}  // namespace

bool DetectReset(const Histogram& now, const Histogram& before) {
  if (now.hint == CounterResetHint::kReset) return true;
  if (now.hint == CounterResetHint::kNotReset) return false;
  if (now.count < before.count) return true;
  if (now.custom()) {
    if (!before.custom()) return true;
    if (now.custom_bounds != before.custom_bounds) return CommonBucketsFell(now, before);
    return AnyFell(CellsOf(now.positive), CellsOf(before.positive));
  }
  if (now.schema > before.schema || before.custom()) return true;
  if (now.zero_threshold < before.zero_threshold) return true;
  double before_zero = 0;
  if (!WidenedZeroCount(before, now.zero_threshold, before_zero)) return true;
  if (now.zero_count < before_zero) return true;
  const auto fell = [&](const storage::BucketCounts& now_side,
                        const storage::BucketCounts& before_side) {
    return AnyFell(Beyond(now_side, now.schema, now.schema, now.zero_threshold),
                   Beyond(before_side, before.schema, now.schema, now.zero_threshold));
  };
  return fell(now.positive, before.positive) || fell(now.negative, before.negative);
}

}  // namespace narthex::promql
