#include "tests/promql/naive/hist.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace narthex::naive {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The end of a bucket of an exponential schema.
double End(int schema, int index) { return std::pow(2.0, std::ldexp(index, -schema)); }

double CustomEnd(const Hist& hist, int index) {
  const auto at = static_cast<size_t>(index);
  if (at < hist.bounds.size()) return hist.bounds[at];
  return kInfinity;
}

// Each step to a coarser schema joins two neighbours, the right one of which has an even index.
Hist Coarser(Hist hist, int schema) {
  for (; hist.schema > schema; --hist.schema) {
    for (auto* side : {&hist.positive, &hist.negative}) {
      std::map<int, double> joined;
      for (const auto& [index, count] : *side)
        joined[static_cast<int>(std::ceil(index / 2.0))] += count;
      *side = std::move(joined);
    }
  }
  return hist;
}

// The zero bucket takes over buckets up to the threshold, and grows to the end of one that counts
// something and lies across.
Hist WiderZero(Hist hist, double threshold) {
  if (threshold == hist.zero_threshold) return hist;
  hist.zero_threshold = threshold;
  for (bool again = true; again;) {
    again = false;
    for (const auto* side : {&hist.positive, &hist.negative}) {
      for (const auto& [index, count] : *side) {
        const double begin = End(hist.schema, index - 1);
        const double end = End(hist.schema, index);
        if (count == 0 || begin >= hist.zero_threshold || end <= hist.zero_threshold) continue;
        hist.zero_threshold = end;
        again = true;
      }
    }
  }
  for (auto* side : {&hist.positive, &hist.negative}) {
    for (auto at = side->begin(); at != side->end();) {
      if (End(hist.schema, at->first) > hist.zero_threshold) {
        ++at;
        continue;
      }
      hist.zero_count += at->second;
      at = side->erase(at);
    }
  }
  return hist;
}

void EqualZero(Hist& a, Hist& b) {
  while (a.zero_threshold != b.zero_threshold) {
    const double threshold = std::max(a.zero_threshold, b.zero_threshold);
    a = WiderZero(a, threshold);
    b = WiderZero(b, threshold);
  }
}

// Buckets between the bounds that two histograms have in common.
Hist OnBounds(const Hist& hist, const std::vector<double>& bounds) {
  Hist out = hist;
  out.bounds = bounds;
  out.positive.clear();
  for (const auto& [index, count] : hist.positive) {
    const auto target = std::lower_bound(bounds.begin(), bounds.end(), CustomEnd(hist, index));
    out.positive[static_cast<int>(target - bounds.begin())] += count;
  }
  return out;
}

void EqualBounds(Hist& a, Hist& b) {
  if (a.bounds == b.bounds) return;
  std::vector<double> common;
  for (const double bound : a.bounds) {
    if (std::count(b.bounds.begin(), b.bounds.end(), bound) > 0) common.push_back(bound);
  }
  a = OnBounds(a, common);
  b = OnBounds(b, common);
}

// Which part of a bucket lies below a bound within it.
double PartBelow(const Bucket& bucket, double bound, bool linear) {
  if (linear) return (bound - bucket.lower) / (bucket.upper - bucket.lower);
  const double part =
      std::log(std::abs(bound / bucket.lower)) / std::log(bucket.upper / bucket.lower);
  return part;
}

// The zero bucket of a histogram that counts on one side only is taken to lie on that side.
Bucket Narrowed(const Hist& hist, Bucket bucket) {
  if (hist.custom || !bucket.zero) return bucket;
  if (hist.negative.empty() && !hist.positive.empty()) bucket.lower = 0;
  if (hist.positive.empty() && !hist.negative.empty()) bucket.upper = 0;
  return bucket;
}

double ObservationsBelow(const Hist& hist, double bound) {
  double below = 0;
  for (const Bucket& raw : Buckets(hist)) {
    const Bucket bucket = Narrowed(hist, raw);
    if (bucket.upper <= bound && bucket.lower < bound) {
      below += bucket.count;
    } else if (bucket.lower < bound) {
      if (std::isinf(bucket.lower) || std::isinf(bucket.upper))
        throw Ambiguous("a bound within an open bucket");
      below += bucket.count * PartBelow(bucket, bound, hist.custom || bucket.zero);
    }
  }
  return below;
}

}  // namespace

std::vector<Bucket> Buckets(const Hist& hist) {
  std::vector<Bucket> buckets;
  if (hist.custom) {
    for (const auto& [index, count] : hist.positive)
      buckets.push_back(
          {index == 0 ? -kInfinity : CustomEnd(hist, index - 1), CustomEnd(hist, index), count});
  } else {
    for (auto at = hist.negative.rbegin(); at != hist.negative.rend(); ++at)
      buckets.push_back(
          {-End(hist.schema, at->first), -End(hist.schema, at->first - 1), at->second});
    buckets.push_back({-hist.zero_threshold, hist.zero_threshold, hist.zero_count, true});
    for (const auto& [index, count] : hist.positive)
      buckets.push_back({End(hist.schema, index - 1), End(hist.schema, index), count});
  }
  std::erase_if(buckets, [](const Bucket& bucket) { return bucket.count == 0; });
  return buckets;
}

std::optional<Hist> Combine(const Hist& a, const Hist& b, double sign) {
  if (a.custom != b.custom) return std::nullopt;
  Hist sum = a;
  Hist other = b;
  if (sum.custom) {
    EqualBounds(sum, other);
  } else {
    EqualZero(sum, other);
    const int schema = std::min(sum.schema, other.schema);
    sum = Coarser(sum, schema);
    other = Coarser(other, schema);
  }
  sum.count += sign * other.count;
  sum.sum += sign * other.sum;
  sum.zero_count += sign * other.zero_count;
  for (const auto& [index, count] : other.positive) sum.positive[index] += sign * count;
  for (const auto& [index, count] : other.negative) sum.negative[index] += sign * count;
  return sum;
}

Hist Scale(Hist hist, double factor) {
  hist.count *= factor;
  hist.sum *= factor;
  hist.zero_count *= factor;
  for (auto& [index, count] : hist.positive) count *= factor;
  for (auto& [index, count] : hist.negative) count *= factor;
  return hist;
}

Hist DropEmpty(Hist hist) {
  std::erase_if(hist.positive, [](const auto& bucket) { return bucket.second == 0; });
  std::erase_if(hist.negative, [](const auto& bucket) { return bucket.second == 0; });
  return hist;
}

bool BeganAnew(const Hist& now, const Hist& before) {
  if (now.count < before.count || now.custom != before.custom) return true;
  Hist a = now;
  Hist b = before;
  if (a.custom) {
    EqualBounds(a, b);
  } else {
    // A resolution that grows, or a zero bucket that shrinks, tells of a new counter.
    if (a.schema > b.schema || a.zero_threshold < b.zero_threshold) return true;
    b = WiderZero(b, a.zero_threshold);
    if (b.zero_threshold != a.zero_threshold) return true;
    b = Coarser(b, a.schema);
  }
  if (a.zero_count < b.zero_count) return true;
  for (const auto& [index, count] : b.positive) {
    if (a.positive[index] < count) return true;
  }
  for (const auto& [index, count] : b.negative) {
    if (a.negative[index] < count) return true;
  }
  return false;
}

bool SameHist(const Hist& a, const Hist& b) {
  const Hist x = DropEmpty(a);
  const Hist y = DropEmpty(b);
  return x.custom == y.custom && x.schema == y.schema && x.bounds == y.bounds &&
         x.zero_threshold == y.zero_threshold && x.zero_count == y.zero_count &&
         x.count == y.count && x.sum == y.sum && x.positive == y.positive &&
         x.negative == y.negative;
}

bool NearHist(const Hist& a, const Hist& b) {
  const auto near_sides = [](const std::map<int, double>& x, const std::map<int, double>& y) {
    std::set<int> indices;
    for (const auto& [index, count] : x) indices.insert(index);
    for (const auto& [index, count] : y) indices.insert(index);
    return std::all_of(indices.begin(), indices.end(), [&](int index) {
      return Near(x.contains(index) ? x.at(index) : 0, y.contains(index) ? y.at(index) : 0);
    });
  };
  return a.custom == b.custom && (a.custom || a.schema == b.schema) && a.bounds == b.bounds &&
         a.zero_threshold == b.zero_threshold && Near(a.zero_count, b.zero_count) &&
         Near(a.count, b.count) && Near(a.sum, b.sum) && near_sides(a.positive, b.positive) &&
         near_sides(a.negative, b.negative);
}

namespace {

double Middle(const Bucket& bucket, double lower, double upper, bool linear) {
  if (linear || bucket.zero) return (lower + upper) / 2;
  return (bucket.upper > 0 ? 1 : -1) * std::sqrt(std::abs(lower * upper));
}

}  // namespace

Hist Trim(const Hist& hist, double bound, bool upper) {
  if (std::isnan(bound)) throw Ambiguous("a bound that is no number");
  const Hist whole = DropEmpty(hist);
  Hist rest = whole;
  rest.count = rest.sum = 0;
  bool changed = false;
  const auto trim = [&](const Bucket& raw, double& count) {
    const Bucket bucket = Narrowed(whole, raw);
    if (std::isinf(bucket.lower) || std::isinf(bucket.upper)) throw Ambiguous("an open bucket");
    double lower = bucket.lower;
    double top = bucket.upper;
    if (lower < bound && bound < top) {
      const double below = count * PartBelow(bucket, bound, hist.custom || bucket.zero);
      count = upper ? below : count - below;
      (upper ? top : lower) = bound;
      changed = true;
    } else if (upper ? lower >= bound : top <= bound) {
      changed = true;
      count = 0;
      return;
    }
    rest.count += count;
    rest.sum += count * Middle(bucket, lower, top, hist.custom);
  };
  for (auto& [index, count] : rest.positive) {
    const double begin = hist.custom ? (index == 0 ? -kInfinity : CustomEnd(hist, index - 1))
                                     : End(hist.schema, index - 1);
    trim({begin, hist.custom ? CustomEnd(hist, index) : End(hist.schema, index), count}, count);
  }
  for (auto& [index, count] : rest.negative)
    trim({-End(hist.schema, index), -End(hist.schema, index - 1), count}, count);
  if (rest.zero_count != 0)
    trim({-hist.zero_threshold, hist.zero_threshold, rest.zero_count, true}, rest.zero_count);
  return changed ? DropEmpty(rest) : hist;
}

double HistQuantile(double quantile, const Hist& hist) {
  if (quantile < 0) return -kInfinity;
  if (quantile > 1) return kInfinity;
  if (hist.count == 0 || std::isnan(quantile)) return std::nan("");
  const double rank = quantile * hist.count;
  const std::vector<Bucket> buckets = Buckets(hist);
  if (buckets.empty() ||
      std::any_of(buckets.begin(), buckets.end(), [](const Bucket& b) { return b.count < 0; }))
    throw Ambiguous("no histogram of observations");
  double below = 0;
  for (size_t i = 0; i < buckets.size(); ++i) {
    const Bucket bucket = Narrowed(hist, buckets[i]);
    const double up_to = below + bucket.count;
    const bool last = i + 1 == buckets.size();
    if (!last && Near(up_to, rank)) throw Ambiguous("a rank between two buckets");
    if (up_to < rank && !last) {
      below = up_to;
      continue;
    }
    const double part = std::clamp((rank - below) / bucket.count, 0.0, 1.0);
    if (hist.custom && std::isinf(bucket.lower))
      return bucket.upper <= 0 ? bucket.upper : bucket.upper * part;
    if (std::isinf(bucket.upper)) return bucket.lower;
    if (hist.custom || bucket.zero) return bucket.lower + (bucket.upper - bucket.lower) * part;
    return bucket.lower * std::pow(bucket.upper / bucket.lower, part);
  }
  return std::nan("");
}

double HistFraction(double lower, double upper, const Hist& hist) {
  if (hist.count == 0 || std::isnan(lower) || std::isnan(upper)) return std::nan("");
  if (lower >= upper) return 0;
  return (ObservationsBelow(hist, upper) - ObservationsBelow(hist, lower)) / hist.count;
}

double HistVariance(const Hist& hist) {
  const double mean = hist.sum / hist.count;
  double variance = 0;
  for (const Bucket& bucket : Buckets(hist)) {
    double middle = (bucket.lower + bucket.upper) / 2;
    if (!hist.custom && !bucket.zero)
      middle = (bucket.lower < 0 ? -1 : 1) * std::sqrt(bucket.lower * bucket.upper);
    if (!hist.custom && bucket.zero) middle = 0;
    variance += bucket.count * (middle - mean) * (middle - mean);
  }
  return variance / hist.count;
}

}  // namespace narthex::naive
