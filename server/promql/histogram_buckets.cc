#include "server/promql/histogram_buckets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/promql/go_format.h"
#include "server/promql/kahan.h"

namespace narthex::promql {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kMaxExponent = std::numeric_limits<double>::max_exponent;  // 1024

// The reference holds its bounds in a table that is a few units in the last place off the exact
// powers. Results are to be equal to the last bit, so ours is off by as much: '1' minus the digit.
constexpr std::string_view kUnitsOff =
    "1111112111211111112311222222222211211121122211221122102211221122"
    "1111112222332132112111211112111111121011213311221222112121332222"
    "2121223322322122222222233323233311221121223321332233212232332232"
    "2243223233433343333333444455435422322333324422333243223333543344";

// 2^(i / 2^8 - 1): of finer schemas every bound, of coarser ones each n-th.
const std::vector<double>& Fractions() {
  static const std::vector<double> kFractions = [] {
    std::vector<double> values;
    for (size_t i = 0; i < kUnitsOff.size(); ++i) {
      auto value = static_cast<double>(std::exp2(static_cast<long double>(i) / 256.0L - 1.0L));
      for (char digit = kUnitsOff[i]; digit > '1'; --digit) value = std::nextafter(value, 0.0);
      if (kUnitsOff[i] == '0') value = std::nextafter(value, 1.0);
      values.push_back(value);
    }
    return values;
  }();
  return kFractions;
}

double CustomBound(const std::vector<double>& bounds, int32_t index) {
  if (index < 0) return -kInfinity;
  const auto at = static_cast<size_t>(index);
  if (at < bounds.size()) return bounds[at];
  return kInfinity;
}

std::string BucketText(const Bucket& bucket) {
  return fmt::format("{}{},{}{}:{}", bucket.lower_inclusive ? '[' : '(', GoG(bucket.lower),
                     GoG(bucket.upper), bucket.upper_inclusive ? ']' : ')', GoG(bucket.count));
}

std::string SideText(const storage::BucketCounts& side, std::string_view buckets,
                     std::string_view offset) {
  Cells cells = CellsOf(side);
  while (!cells.empty() && cells.back().count == 0) cells.pop_back();
  const auto first =
      std::find_if(cells.begin(), cells.end(), [](const Cell& cell) { return cell.count != 0; });
  cells.erase(cells.begin(), first);
  if (cells.empty()) return "";
  std::string text;
  if (cells.front().index != 0) text += fmt::format(" {}:{}", offset, cells.front().index);
  text += fmt::format(" {}:[", buckets);
  int32_t next = cells.front().index;
  for (const Cell& cell : cells) {
    for (; next < cell.index; ++next) text += "0 ";
    text += GoG(cell.count);
    if (&cell != &cells.back()) text += ' ';
    ++next;
  }
  return text + "]";
}

}  // namespace

double ExponentialBound(int32_t index, int32_t schema) {
  if (schema < 0) {
    const int64_t exponent = static_cast<int64_t>(index) << -schema;
    if (exponent == kMaxExponent) return std::numeric_limits<double>::max();
    return std::ldexp(1.0, static_cast<int>(std::clamp<int64_t>(exponent, -5000, 5000)));
  }
  const int32_t within = index & ((1 << schema) - 1);
  const double fraction = Fractions()[static_cast<size_t>(within) << (8 - schema)];
  const int exponent = (index >> schema) + 1;
  if (fraction == 0.5 && exponent == kMaxExponent + 1) return std::numeric_limits<double>::max();
  return std::ldexp(fraction, exponent);
}

double UpperBound(const Histogram& histogram, int32_t index) {
  return histogram.custom() ? CustomBound(histogram.custom_bounds, index)
                            : ExponentialBound(index, histogram.schema);
}

Cells CellsOf(const storage::BucketCounts& side) {
  Cells cells;
  cells.reserve(side.counts.size());
  int32_t index = 0;
  for (const storage::BucketSpan& span : side.spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length && cells.size() < side.counts.size(); ++i)
      cells.push_back({index++, side.counts[cells.size()], 0});
  }
  return cells;
}

storage::BucketCounts CountsOf(const Cells& cells) {
  storage::BucketCounts side;
  side.counts.reserve(cells.size());
  int32_t next = 0;
  for (const Cell& cell : cells) {
    if (side.spans.empty() || cell.index != next) {
      side.spans.push_back({cell.index - (side.spans.empty() ? 0 : next), 0});
    }
    ++side.spans.back().length;
    side.counts.push_back(cell.count);
    next = cell.index + 1;
  }
  return side;
}

Cells Coarser(const Cells& cells, int32_t from_schema, int32_t to_schema) {
  Cells merged;
  const int32_t halvings = from_schema - to_schema;
  for (const Cell& cell : cells) {
    const int32_t index = ((cell.index - 1) >> halvings) + 1;
    if (merged.empty() || merged.back().index != index) {
      merged.push_back({index, cell.count, cell.compensation});
      continue;
    }
    KahanSum sum{merged.back().count, merged.back().compensation};
    sum.Add(cell.count);
    sum.Add(cell.compensation);
    merged.back().count = sum.sum;
    merged.back().compensation = sum.compensation;
  }
  return merged;
}

Bucket PositiveBucket(const Histogram& histogram, const Cell& cell) {
  Bucket bucket;
  bucket.upper = UpperBound(histogram, cell.index);
  bucket.lower = UpperBound(histogram, cell.index - 1);
  bucket.count = cell.count;
  bucket.lower_inclusive = histogram.custom() ? cell.index == 0 : bucket.lower < 0;
  bucket.upper_inclusive = histogram.custom() || bucket.upper > 0;
  return bucket;
}

Bucket NegativeBucket(const Histogram& histogram, const Cell& cell) {
  Bucket bucket;
  bucket.lower = -UpperBound(histogram, cell.index);
  bucket.upper = -UpperBound(histogram, cell.index - 1);
  bucket.count = cell.count;
  bucket.lower_inclusive = bucket.lower < 0;
  bucket.upper_inclusive = bucket.upper > 0;
  return bucket;
}

Bucket ZeroBucket(const Histogram& histogram) {
  return {-histogram.zero_threshold, histogram.zero_threshold, histogram.zero_count, true, true};
}

std::vector<Bucket> AllBuckets(const Histogram& histogram) {
  std::vector<Bucket> buckets;
  const Cells negative = CellsOf(histogram.negative);
  const double threshold = histogram.zero_threshold;
  for (auto cell = negative.rbegin(); cell != negative.rend(); ++cell) {
    Bucket bucket = NegativeBucket(histogram, *cell);
    if (bucket.upper < 0 && bucket.upper > -threshold) bucket.upper = -threshold;
    buckets.push_back(bucket);
  }
  if (histogram.zero_count > 0) buckets.push_back(ZeroBucket(histogram));
  for (const Cell& cell : CellsOf(histogram.positive)) {
    Bucket bucket = PositiveBucket(histogram, cell);
    if (bucket.lower > 0 && bucket.lower < threshold) bucket.lower = threshold;
    buckets.push_back(bucket);
  }
  return buckets;
}

double FractionBelow(const Bucket& bucket, double value, bool linear) {
  if (linear) return (value - bucket.lower) / (bucket.upper - bucket.lower);
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  const double at = std::log2(std::abs(value));
  if (value > 0) return (at - lower) / (upper - lower);
  return 1 - ((at - upper) / (lower - upper));
}

std::string HistogramText(const Histogram& histogram) {
  std::string text = fmt::format("{{count:{}, sum:{}", GoG(histogram.count), GoG(histogram.sum));
  const Cells negative = CellsOf(histogram.negative);
  for (auto cell = negative.rbegin(); cell != negative.rend(); ++cell) {
    if (cell->count != 0) text += ", " + BucketText(NegativeBucket(histogram, *cell));
  }
  if (histogram.zero_count != 0) text += ", " + BucketText(ZeroBucket(histogram));
  for (const Cell& cell : CellsOf(histogram.positive)) {
    if (cell.count != 0) text += ", " + BucketText(PositiveBucket(histogram, cell));
  }
  return text + "}";
}

std::string HistogramTestText(const Histogram& histogram) {
  std::string text;
  if (histogram.schema != 0) text += fmt::format(" schema:{}", histogram.schema);
  if (histogram.count != 0) text += " count:" + GoG(histogram.count);
  if (histogram.sum != 0) text += " sum:" + GoG(histogram.sum);
  if (histogram.zero_count != 0) text += " z_bucket:" + GoG(histogram.zero_count);
  if (histogram.zero_threshold != 0) text += " z_bucket_w:" + GoG(histogram.zero_threshold);
  if (histogram.custom()) {
    text += " custom_values:[";
    for (const double bound : histogram.custom_bounds)
      text += GoG(bound) + (&bound == &histogram.custom_bounds.back() ? "" : " ");
    text += "]";
  }
  constexpr std::string_view kHints[] = {"", "reset", "not_reset", "gauge"};
  if (const auto hint = kHints[static_cast<size_t>(histogram.hint)]; !hint.empty())
    text += fmt::format(" counter_reset_hint:{}", hint);
  text += SideText(histogram.positive, "buckets", "offset");
  text += SideText(histogram.negative, "n_buckets", "n_offset");
  if (!text.empty()) text.erase(0, 1);
  return "{{" + text + "}}";
}

}  // namespace narthex::promql
