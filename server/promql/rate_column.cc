#include "server/promql/rate_column.h"

#include "server/promql/border.h"
#include "server/promql/extrapolation.h"
#include "server/promql/range_kernels.h"

namespace narthex::promql {
namespace {

// The samples of one step, and the resets among them but the first.
struct Window {
  size_t first = 0;
  size_t after = 0;
  size_t first_reset = 0;
  size_t after_resets = 0;

  void AdvanceResets(std::span<const size_t> resets) {
    while (after_resets < resets.size() && resets[after_resets] < after) ++after_resets;
    while (first_reset < after_resets && resets[first_reset] <= first) ++first_reset;
  }
  size_t size() const { return after - first; }
};

double IncreaseIn(const RateInput& input, const Window& window) {
  double increase = input.values[window.after - 1] - input.values[window.first];
  for (size_t i = window.first_reset; i < window.after_resets; ++i)
    increase += input.values[input.resets[i] - 1];
  return increase;
}

// The factor of one step after another. Where samples come as regularly as the steps, it is that of
// the step before.
class Factors {
 public:
  Factors(const RateKind& kind, int64_t range_ms)
      : kind_(kind), range_s_(static_cast<double>(range_ms) / 1000.0) {}

  double Of(const Sampled& sampled, int64_t begin_ms, int64_t end_ms) {
    const Distances distances{sampled.first_ms - begin_ms, end_ms - sampled.last_ms,
                              sampled.last_ms - sampled.first_ms, sampled.intervals};
    const bool by_distances = !kind_.counter || IsFarFromZero(sampled, distances);
    if (by_distances && distances == known_for_) return known_;
    double factor = Extrapolation(sampled, begin_ms, end_ms, kind_.counter, false);
    if (kind_.per_second) factor /= range_s_;
    if (by_distances) {
      known_for_ = distances;
      known_ = factor;
    }
    return factor;
  }

 private:
  struct Distances {
    int64_t to_start_ms = -1;
    int64_t to_end_ms = 0;
    int64_t interval_ms = 0;
    size_t intervals = 0;

    bool operator==(const Distances&) const = default;
  };

  // Whether a counter was at zero, if it ever was, clearly before the range: then its values have
  // no part in the factor.
  static bool IsFarFromZero(const Sampled& sampled, const Distances& distances) {
    if (!(sampled.increase > 0 && sampled.first >= 0)) return true;
    constexpr double kMargin = 1.000001;  // against rounding
    return static_cast<double>(distances.interval_ms) * sampled.first >
           kMargin * static_cast<double>(distances.to_start_ms) * sampled.increase;
  }

  const RateKind kind_;
  const double range_s_;
  Distances known_for_;
  double known_ = 0;
};

}  // namespace

RateKind RateKindOf(const FunctionRow& function) {
  if (function.range == Rate) return {true, true, true};
  if (function.range == Increase) return {true, true, false};
  if (function.range == Delta) return {true, false, false};
  return {};
}

uint64_t RateColumn(const RateInput& input, const Steps& steps, uint64_t* sizes, Column& out) {
  Window window;
  Border begin;
  Border end;
  uint64_t seen = 0;
  Factors factors(input.kind, input.shape.range_ms);
  for (size_t step = 0; step < steps.count; ++step) {
    const int64_t end_ms = input.shape.end_ms(steps.time_ms(step));
    const int64_t begin_ms = end_ms - input.shape.range_ms;
    begin.Advance(input.times_ms, begin_ms);
    end.Advance(input.times_ms, end_ms);
    window.first = begin.at();
    window.after = end.at();
    window.AdvanceResets(input.resets);
    seen += window.size();
    if (sizes != nullptr) sizes[step] += window.size();
    if (window.size() < 2) continue;
    Sampled sampled;
    sampled.first_ms = input.times_ms[window.first];
    sampled.last_ms = input.times_ms[window.after - 1];
    sampled.intervals = window.size() - 1;
    sampled.first = input.values[window.first];
    sampled.increase = IncreaseIn(input, window);
    out.values[step] = sampled.increase * factors.Of(sampled, begin_ms, end_ms);
    out.present[step] = Column::kFloat;
  }
  return seen;
}

}  // namespace narthex::promql
