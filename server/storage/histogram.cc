#include "server/storage/histogram.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <string_view>

#include "server/storage/storage.h"

namespace narthex::storage {
namespace {

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return SameBits(x, y); });
}

bool SameBuckets(const BucketCounts& a, const BucketCounts& b) {
  return a.spans == b.spans && SameBits(a.counts, b.counts);
}

Status Invalid(std::string_view side, std::string_view finding) {
  return Status(Code::kInvalidArgument, "histogram: " + std::string(side) + std::string(finding));
}

Status ValidateSide(const BucketCounts& side, std::string_view name) {
  uint64_t length = 0;
  for (size_t i = 0; i < side.spans.size(); ++i) {
    if (i > 0 && side.spans[i].offset < 0) return Invalid(name, " spans overlap");
    length += side.spans[i].length;
  }
  if (length != side.counts.size()) return Invalid(name, " spans and counts do not fit");
  for (const double count : side.counts)
    if (count < 0) return Invalid(name, " bucket counts less than nothing");
  return {};
}

Status ValidateCustom(const Histogram& histogram) {
  if (!histogram.negative.spans.empty() || !histogram.negative.counts.empty())
    return Invalid("custom buckets", " have no negative side");
  if (histogram.zero_count != 0 || histogram.zero_threshold != 0)
    return Invalid("custom buckets", " have no zero bucket");
  const auto& bounds = histogram.custom_bounds;
  for (size_t i = 0; i < bounds.size(); ++i) {
    if (std::isnan(bounds[i]) || std::isinf(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1]))
      return Invalid("custom bounds", " do not ascend, or are not finite");
  }
  int64_t end = 0;
  for (const BucketSpan& span : histogram.positive.spans) {
    if (span.offset < 0) return Invalid("custom buckets", " start before the first");
    end += int64_t{span.offset} + span.length;
  }
  if (end > static_cast<int64_t>(bounds.size()) + 1)
    return Invalid("custom buckets", " are more than their bounds");
  return {};
}

Status ValidateExponential(const Histogram& histogram) {
  if (histogram.schema < Histogram::kMinSchema || histogram.schema > Histogram::kMaxSchema)
    return Invalid("schema ", std::to_string(histogram.schema) + " is not known");
  if (!histogram.custom_bounds.empty())
    return Invalid("custom bounds", " are for custom buckets only");
  if (histogram.zero_count < 0) return Invalid("zero bucket", " counts less than nothing");
  if (!(histogram.zero_threshold >= 0) || std::isinf(histogram.zero_threshold))
    return Invalid("zero threshold", " is not possible");
  return {};
}

bool HasWholeCounts(const Histogram& histogram) {
  constexpr double kLimit = 18446744073709551616.0;  // 2^64
  const auto whole = [](double count) { return count == std::trunc(count) && count < kLimit; };
  const auto all = [&](const std::vector<double>& counts) {
    return std::all_of(counts.begin(), counts.end(), whole);
  };
  return whole(histogram.count) && whole(histogram.zero_count) && all(histogram.positive.counts) &&
         all(histogram.negative.counts);
}

// The last bucket of a coarser schema that holds all of a bucket of a finer one.
int64_t CoarserIndex(int64_t index, int32_t halvings) { return ((index - 1) >> halvings) + 1; }

BucketCounts Coarser(const BucketCounts& side, int32_t halvings) {
  BucketCounts out;
  int64_t index = 0;
  int64_t last = 0;
  size_t at = 0;
  for (const BucketSpan& span : side.spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length; ++i, ++index, ++at) {
      const int64_t target = CoarserIndex(index, halvings);
      if (!out.counts.empty() && target == last) {
        out.counts.back() += side.counts[at];
        continue;
      }
      if (!out.counts.empty() && target == last + 1) {
        ++out.spans.back().length;
      } else {
        const int64_t gap = out.counts.empty() ? target : target - last - 1;
        out.spans.push_back({static_cast<int32_t>(gap), 1});
      }
      out.counts.push_back(side.counts[at]);
      last = target;
    }
  }
  return out;
}

}  // namespace

Histogram StaleHistogram(bool float_counts) {
  Histogram histogram;
  histogram.float_counts = float_counts;
  histogram.sum = StaleNaN();
  return histogram;
}

bool IsStaleHistogram(const Histogram& histogram) { return IsStaleNaN(histogram.sum); }

bool Same(const Histogram& a, const Histogram& b) {
  return a.float_counts == b.float_counts && a.schema == b.schema &&
         SameBits(a.zero_threshold, b.zero_threshold) && SameBits(a.zero_count, b.zero_count) &&
         SameBits(a.count, b.count) && SameBits(a.sum, b.sum) &&
         SameBuckets(a.positive, b.positive) && SameBuckets(a.negative, b.negative) &&
         SameBits(a.custom_bounds, b.custom_bounds);
}

Status Validate(const Histogram& histogram) {
  RETURN_IF_ERROR(histogram.custom() ? ValidateCustom(histogram) : ValidateExponential(histogram));
  RETURN_IF_ERROR(ValidateSide(histogram.positive, "positive"));
  RETURN_IF_ERROR(ValidateSide(histogram.negative, "negative"));
  if (histogram.count < 0) return Invalid("count", " is less than nothing");
  if (histogram.float_counts) return {};
  if (!HasWholeCounts(histogram)) return Invalid("counts", " are not whole");
  double held = histogram.zero_count;
  for (const double count : histogram.positive.counts) held += count;
  for (const double count : histogram.negative.counts) held += count;
  // Observations of NaN are in no bucket, and make the sum one.
  if (std::isnan(histogram.sum) ? held > histogram.count : held != histogram.count)
    return Invalid("count", " is not what the buckets hold together");
  return {};
}

void ReduceResolution(Histogram& histogram, int32_t schema) {
  assert(!histogram.custom() && schema <= histogram.schema);
  const int32_t halvings = histogram.schema - schema;
  if (halvings == 0) return;
  histogram.positive = Coarser(histogram.positive, halvings);
  histogram.negative = Coarser(histogram.negative, halvings);
  histogram.schema = schema;
}

}  // namespace narthex::storage
