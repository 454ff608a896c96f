#include "server/tsdb/histogram_layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

#include "server/tsdb/varbit.h"

namespace narthex::tsdb {
namespace {

using storage::BucketCounts;
using storage::Histogram;

constexpr uint8_t kZeroThresholdApart = 255;
constexpr int kZeroThresholdBias = 243;  // of the exponent that frexp() gives
constexpr int kMinExponent = -242;
constexpr int kMaxExponent = 11;
constexpr double kBoundScale = 1000;
constexpr double kMaxScaledBound = 33554430;  // what fits, with one added, 25 bits

// Schemas that a later version may use; they are read at the finest resolution that is known.
constexpr int32_t kMaxReservedSchema = 52;

void WriteZeroThreshold(BitWriter& out, double threshold) {
  int exponent = 0;
  if (threshold == 0) return out.Write(0, 8);
  if (std::frexp(threshold, &exponent) == 0.5 && exponent >= kMinExponent &&
      exponent <= kMaxExponent)
    return out.Write(static_cast<uint64_t>(exponent + kZeroThresholdBias), 8);
  out.Write(kZeroThresholdApart, 8);
  out.Write(std::bit_cast<uint64_t>(threshold), 64);
}

double ReadZeroThreshold(BitReader& in) {
  const uint64_t byte = in.Read(8);
  if (byte == 0) return 0;
  if (byte == kZeroThresholdApart) return std::bit_cast<double>(in.Read(64));
  return std::ldexp(0.5, static_cast<int>(byte) - kZeroThresholdBias);
}

void WriteSpans(BitWriter& out, const BucketSpans& spans) {
  WriteVarbitUint(out, spans.size());
  for (const storage::BucketSpan& span : spans) {
    WriteVarbitUint(out, span.length);
    WriteVarbitInt(out, span.offset);
  }
}

BucketSpans ReadSpans(BitReader& in) {
  BucketSpans spans;
  const uint64_t count = ReadVarbitUint(in);
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    const uint64_t length = ReadVarbitUint(in);
    const int64_t offset = ReadVarbitInt(in);
    const bool overlaps = i > 0 && offset < 0;
    if (length > UINT32_MAX || offset < INT32_MIN || offset > INT32_MAX || overlaps) in.Fail();
    spans.push_back({static_cast<int32_t>(offset), static_cast<uint32_t>(length)});
  }
  return spans;
}

void WriteBound(BitWriter& out, double bound) {
  const double scaled = bound * kBoundScale;
  const double whole = std::round(scaled);
  if (scaled >= 0 && scaled <= kMaxScaledBound && whole / kBoundScale == bound &&
      !std::signbit(bound))
    return WriteVarbitUint(out, static_cast<uint64_t>(whole) + 1);
  out.Write(0, 1);
  out.Write(std::bit_cast<uint64_t>(bound), 64);
}

double ReadBound(BitReader& in) {
  const uint64_t scaled = ReadVarbitUint(in);
  if (scaled == 0) return std::bit_cast<double>(in.Read(64));
  return static_cast<double>(scaled - 1) / kBoundScale;
}

// Visits the counts other than 0 with their indexes.
template <typename Visit>
void VisitCounts(const BucketCounts& side, Visit visit) {
  int64_t index = 0;
  size_t at = 0;
  for (const storage::BucketSpan& span : side.spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length; ++i, ++index, ++at) {
      if (side.counts[at] != 0) visit(index, std::bit_cast<uint64_t>(side.counts[at]));
    }
  }
}

using Counted = std::vector<std::pair<int64_t, uint64_t>>;

Counted CountedOf(const BucketCounts& side) {
  Counted counted;
  VisitCounts(side, [&](int64_t index, uint64_t bits) { counted.emplace_back(index, bits); });
  return counted;
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

void SpreadSide(const BucketSpans& spans, BucketCounts& side) {
  if (side.spans == spans) return;
  side.counts = Spread(side.counts, IndexesOf(side.spans), IndexesOf(spans));
  side.spans = spans;
}

}  // namespace

bool IsKnownSchema(int64_t schema) {
  return schema == Histogram::kCustomBuckets ||
         (schema >= Histogram::kMinSchema && schema <= kMaxReservedSchema);
}

HistogramLayout LayoutOf(const Histogram& histogram) {
  return {histogram.schema, histogram.zero_threshold, histogram.positive.spans,
          histogram.negative.spans, histogram.custom_bounds};
}

void WriteLayout(BitWriter& out, const HistogramLayout& layout) {
  WriteZeroThreshold(out, layout.zero_threshold);
  WriteVarbitInt(out, layout.schema);
  WriteSpans(out, layout.positive_spans);
  WriteSpans(out, layout.negative_spans);
  if (layout.schema != Histogram::kCustomBuckets) return;
  WriteVarbitUint(out, layout.custom_bounds.size());
  for (const double bound : layout.custom_bounds) WriteBound(out, bound);
}

Status ReadLayout(BitReader& in, HistogramLayout& layout) {
  layout.zero_threshold = ReadZeroThreshold(in);
  const int64_t schema = ReadVarbitInt(in);
  if (!IsKnownSchema(schema))
    return Corruption("histogram of schema ", std::to_string(schema), ", which is not known");
  layout.schema = static_cast<int32_t>(schema);
  layout.positive_spans = ReadSpans(in);
  layout.negative_spans = ReadSpans(in);
  layout.custom_bounds.clear();
  if (schema == Histogram::kCustomBuckets) {
    const uint64_t count = ReadVarbitUint(in);
    for (uint64_t i = 0; i < count && !in.failed(); ++i)
      layout.custom_bounds.push_back(ReadBound(in));
  }
  // Every bucket has a bit at least in the sample that follows.
  const uint64_t buckets =
      CountBuckets(layout.positive_spans) + CountBuckets(layout.negative_spans);
  if (in.failed() || buckets > in.bits_left()) return Corruption("histogram chunk is cut short");
  return {};
}

uint64_t CountBuckets(const BucketSpans& spans) {
  uint64_t count = 0;
  for (const storage::BucketSpan& span : spans) count += span.length;
  return count;
}

BucketIndexes IndexesOf(const BucketSpans& spans) {
  BucketIndexes indexes;
  int64_t index = 0;
  for (const storage::BucketSpan& span : spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length; ++i) indexes.push_back(index++);
  }
  return indexes;
}

BucketSpans SpansOf(const BucketIndexes& indexes) {
  BucketSpans spans;
  int64_t next = 0;
  for (const int64_t index : indexes) {
    if (spans.empty() || index != next) spans.push_back({static_cast<int32_t>(index - next), 0});
    ++spans.back().length;
    next = index + 1;
  }
  return spans;
}

BucketIndexes UniteIndexes(const BucketIndexes& a, const BucketIndexes& b) {
  BucketIndexes united;
  united.reserve(std::max(a.size(), b.size()));
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(united));
  return united;
}

std::vector<double> Spread(const std::vector<double>& counts, const BucketIndexes& from,
                           const BucketIndexes& to) {
  std::vector<double> spread(to.size());
  size_t at = 0;
  for (size_t i = 0; i < to.size() && at < from.size(); ++i) {
    if (to[i] == from[at]) spread[i] = counts[at++];
  }
  return spread;
}

void SpreadOver(const HistogramLayout& layout, Histogram& histogram) {
  SpreadSide(layout.positive_spans, histogram.positive);
  SpreadSide(layout.negative_spans, histogram.negative);
}

bool SameObservations(const Histogram& a, const Histogram& b) {
  if (a.float_counts != b.float_counts || !SameBits(a.sum, b.sum)) return false;
  if (storage::IsStaleHistogram(a)) return true;
  const bool gauges = (a.hint == storage::CounterResetHint::kGauge) ==
                      (b.hint == storage::CounterResetHint::kGauge);
  return gauges && a.schema == b.schema && SameBits(a.zero_threshold, b.zero_threshold) &&
         SameBits(a.zero_count, b.zero_count) && SameBits(a.count, b.count) &&
         a.custom_bounds == b.custom_bounds && CountedOf(a.positive) == CountedOf(b.positive) &&
         CountedOf(a.negative) == CountedOf(b.negative);
}

}  // namespace narthex::tsdb
