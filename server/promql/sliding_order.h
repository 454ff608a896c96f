// The order of the values in a window that slides.
#ifndef NARTHEX_SERVER_PROMQL_SLIDING_ORDER_H_
#define NARTHEX_SERVER_PROMQL_SLIDING_ORDER_H_

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "server/promql/sliding_sums.h"

namespace narthex::promql {

// The least value of a window, or the greatest: those that may still become it, in the order of
// their coming, none of them beaten by one behind it.
template <typename Beats>
class SlidingBest {
 public:
  static constexpr size_t kLeastSamples = 1;

  explicit SlidingBest(std::span<const double> values) : values_(values) {}

  void Enter(size_t i) {
    if (std::isnan(values_[i])) return;  // beaten by anything
    while (candidates_.size() > head_ && Beats()(values_[i], values_[candidates_.back()]))
      candidates_.pop_back();
    candidates_.push_back(i);
  }
  void Leave(size_t i) {
    if (head_ < candidates_.size() && candidates_[head_] == i) ++head_;
  }
  // The index of the best value; of nothing but NaN the newest.
  size_t Best(IndexRange window) const {
    return head_ < candidates_.size() ? candidates_[head_] : window.after - 1;
  }

 private:
  std::span<const double> values_;
  std::vector<size_t> candidates_;
  size_t head_ = 0;  // of the candidates that are in the window
};

// The values of a window in order, NaN first. What enters moves what is greater: a copy of at most
// the window, which up to some thousand values costs less than finding the place.
class SlidingOrder {
 public:
  static constexpr size_t kLeastSamples = 1;

  explicit SlidingOrder(std::span<const double> values) : values_(values) {}

  void Enter(size_t i);
  void Leave(size_t i);
  std::span<const double> sorted() const { return sorted_; }

 private:
  std::span<const double> values_;
  std::vector<double> sorted_;
};

// As MedianDistance(), of values in order, NaN first; at least one.
double MedianDistanceOfSorted(std::span<const double> sorted);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SLIDING_ORDER_H_
