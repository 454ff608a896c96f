#include "server/promql/sliding_column.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/promql/range_kernels.h"

namespace narthex::promql {
namespace {

// The least value of a window, or the greatest: those that may still become it, in the order of
// their coming, each better than all behind it.
template <typename Better>
class Extreme {
 public:
  explicit Extreme(std::span<const double> values) : values_(values) {}

  void Enter(size_t i) {
    if (std::isnan(values_[i])) return;  // beaten by anything
    while (candidates_.size() > head_ && Better()(values_[i], values_[candidates_.back()]))
      candidates_.pop_back();
    candidates_.push_back(i);
  }
  void Leave(size_t i) {
    if (head_ < candidates_.size() && candidates_[head_] == i) ++head_;
  }
  double Result(size_t) const {
    return head_ < candidates_.size() ? values_[candidates_[head_]] : std::nan("");
  }

 private:
  std::span<const double> values_;
  std::vector<size_t> candidates_;
  size_t head_ = 0;  // of the candidates that are in the window
};

// The values of a window in order, NaN first.
class Sorted {
 public:
  Sorted(std::span<const double> values, std::span<const double> quantiles)
      : values_(values), quantiles_(quantiles) {}

  void Enter(size_t i) {
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), values_[i], NanIsLeast),
                   values_[i]);
  }
  void Leave(size_t i) {
    sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), values_[i], NanIsLeast));
  }
  double Result(size_t step) const { return QuantileOfSorted(quantiles_[step], sorted_); }

 private:
  static bool NanIsLeast(double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; }

  std::span<const double> values_;
  std::span<const double> quantiles_;
  std::vector<double> sorted_;
};

template <typename State>
uint64_t Slide(const SlidingInput& input, const Steps& steps, uint64_t* sizes, State state,
               Column& out) {
  const std::span<const int64_t> times_ms = input.times_ms;
  size_t first = 0;
  size_t after = 0;
  uint64_t seen = 0;
  for (size_t step = 0; step < steps.count; ++step) {
    const int64_t end_ms = input.shape.end_ms(steps.time_ms(step));
    const int64_t begin_ms = end_ms - input.shape.range_ms;
    for (; after < times_ms.size() && times_ms[after] <= end_ms; ++after) state.Enter(after);
    for (; first < after && times_ms[first] <= begin_ms; ++first) state.Leave(first);
    const size_t size = after - first;
    seen += size;
    if (sizes != nullptr) sizes[step] += size;
    if (size > 0) out.Set(step, state.Result(step));
  }
  return seen;
}

}  // namespace

SlidingKind SlidingKindOf(const FunctionRow& function) {
  if (function.range == MinOverTime) return SlidingKind::kMin;
  if (function.range == MaxOverTime) return SlidingKind::kMax;
  if (function.range == QuantileOverTime) return SlidingKind::kQuantile;
  return SlidingKind::kNone;
}

uint64_t SlidingColumn(const SlidingInput& input, const Steps& steps, uint64_t* sizes,
                       Column& out) {
  if (input.kind == SlidingKind::kMin)
    return Slide(input, steps, sizes, Extreme<std::less<>>(input.values), out);
  if (input.kind == SlidingKind::kMax)
    return Slide(input, steps, sizes, Extreme<std::greater<>>(input.values), out);
  return Slide(input, steps, sizes, Sorted(input.values, input.quantiles), out);
}

}  // namespace narthex::promql
