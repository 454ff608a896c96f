#include "server/promql/sliding_order.h"

#include <algorithm>

#include "server/promql/range_kernels.h"

namespace narthex::promql {
namespace {

bool NanIsLeast(double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; }

// The distances of ordered values from one of their middle: those of the lesser ones and those of
// the others each ascend, seen from there.
class Distances {
 public:
  Distances(std::span<const double> sorted, double from)
      : sorted_(sorted),
        from_(from),
        split_(static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), from) -
                                   sorted.begin())) {}

  // The one that has `rank` others before it.
  double AtRank(size_t rank) const {
    // So many of the lesser values are among the first; the rest are others.
    size_t least = rank + 1 > sorted_.size() - split_ ? rank + 1 - (sorted_.size() - split_) : 0;
    size_t most = std::min(rank + 1, split_);
    while (least < most) {
      const size_t lesser = (least + most) / 2;
      const size_t others = rank + 1 - lesser;
      if (Lesser(lesser) < Other(others - 1)) {
        least = lesser + 1;
      } else {
        most = lesser;
      }
    }
    const size_t others = rank + 1 - least;
    if (least == 0) return Other(others - 1);
    if (others == 0) return Lesser(least - 1);
    return std::max(Lesser(least - 1), Other(others - 1));
  }

 private:
  double Lesser(size_t i) const { return std::abs(sorted_[split_ - 1 - i] - from_); }
  double Other(size_t i) const { return std::abs(sorted_[split_ + i] - from_); }

  std::span<const double> sorted_;
  double from_;
  size_t split_;  // the first value that is not less
};

}  // namespace

void SlidingOrder::Enter(size_t i) {
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), values_[i], NanIsLeast),
                 values_[i]);
}

void SlidingOrder::Leave(size_t i) {
  sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), values_[i], NanIsLeast));
}

double MedianDistanceOfSorted(std::span<const double> sorted) {
  if (std::isnan(sorted.front())) return std::nan("");
  // Infinite values may be no number apart from each other.
  if (std::isinf(sorted.front()) || std::isinf(sorted.back())) return MedianDistance(sorted);
  const Distances distances(sorted, QuantileOfSorted(0.5, sorted));
  const double rank = 0.5 * static_cast<double>(sorted.size() - 1);
  const auto lower = static_cast<size_t>(std::floor(rank));
  const size_t upper = std::min(sorted.size() - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return distances.AtRank(lower) * (1 - weight) + distances.AtRank(upper) * weight;
}

}  // namespace narthex::promql
