#include "server/promql/rate_column.h"

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

  void Advance(const RateInput& input, int64_t begin_ms, int64_t end_ms) {
    const std::span<const int64_t> times_ms = input.times_ms;
    while (after < times_ms.size() && times_ms[after] <= end_ms) ++after;
    while (first < after && times_ms[first] <= begin_ms) ++first;
    const std::span<const size_t> resets = input.resets;
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

}  // namespace

RateKind RateKindOf(const FunctionRow& function) {
  if (function.range == Rate) return {true, true, true};
  if (function.range == Increase) return {true, true, false};
  if (function.range == Delta) return {true, false, false};
  return {};
}

uint64_t RateColumn(const RateInput& input, const Steps& steps, uint64_t* sizes, Column& out) {
  Window window;
  uint64_t seen = 0;
  const double range_s = static_cast<double>(input.shape.range_ms) / 1000.0;
  for (size_t step = 0; step < steps.count; ++step) {
    const int64_t end_ms = input.shape.end_ms(steps.time_ms(step));
    const int64_t begin_ms = end_ms - input.shape.range_ms;
    window.Advance(input, begin_ms, end_ms);
    seen += window.size();
    if (sizes != nullptr) sizes[step] += window.size();
    if (window.size() < 2) continue;
    Sampled sampled;
    sampled.first_ms = input.times_ms[window.first];
    sampled.last_ms = input.times_ms[window.after - 1];
    sampled.intervals = window.size() - 1;
    sampled.first = input.values[window.first];
    sampled.increase = IncreaseIn(input, window);
    double factor = Extrapolation(sampled, begin_ms, end_ms, input.kind.counter, false);
    if (input.kind.per_second) factor /= range_s;
    out.values[step] = sampled.increase * factor;
    out.present[step] = Column::kFloat;
  }
  return seen;
}

}  // namespace narthex::promql
