#include "server/promql/sliding_column.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/promql/range_kernels.h"
#include "server/promql/sliding_order.h"
#include "server/promql/sliding_sums.h"

namespace narthex::promql {
namespace {

// How many samples differ, in the sense of `Differs`, from the one before in the window. Between
// windows that have no sample in common it may count one too few, until the next enters.
template <typename Differs>
class SlidingCount {
 public:
  static constexpr size_t kLeastSamples = 1;

  explicit SlidingCount(const SlidingInput& input) : input_(input) {}

  void Enter(size_t i) {
    if (i > 0 && Differs()(input_, i)) ++count_;
  }
  // The one behind has nothing before it any more.
  void Leave(size_t i) {
    if (i + 1 < input_.values.size() && Differs()(input_, i + 1)) --count_;
  }
  double count() const { return static_cast<double>(count_); }

 private:
  const SlidingInput& input_;
  int64_t count_ = 0;
};

struct IsReset {
  bool operator()(const SlidingInput& input, size_t i) const {
    return input.values[i] < input.values[i - 1] ||
           (!input.starts_ms.empty() &&
            StartTellsReset(input.starts_ms[i - 1], input.times_ms[i - 1], input.starts_ms[i],
                            input.times_ms[i]));
  }
};

struct IsChange {
  bool operator()(const SlidingInput& input, size_t i) const {
    const double before = input.values[i - 1];
    const double now = input.values[i];
    return now != before && !(std::isnan(now) && std::isnan(before));
  }
};

// Where the result and its cost go.
struct Output {
  QueryControl& control;
  uint64_t* sizes;
  uint64_t& seen;
  Column& column;
};

// Slides `state` over the samples; `result` tells what it gives of a window at a step. That takes
// State::kLeastSamples.
template <typename State, typename Result>
Status Slide(const SlidingInput& input, const Steps& steps, const Output& out, State state,
             Result result) {
  constexpr size_t kStepsBetweenChecks = 64;  // windows may have to be looked at anew
  const std::span<const int64_t> times_ms = input.times_ms;
  IndexRange window;
  for (size_t step = 0; step < steps.count; ++step) {
    if (step % kStepsBetweenChecks == kStepsBetweenChecks - 1) RETURN_IF_ERROR(out.control.Check());
    const int64_t end_ms = input.shape.end_ms(steps.time_ms(step));
    const int64_t begin_ms = end_ms - input.shape.range_ms;
    for (; window.after < times_ms.size() && times_ms[window.after] <= end_ms; ++window.after)
      state.Enter(window.after);
    for (; window.first < window.after && times_ms[window.first] <= begin_ms; ++window.first)
      state.Leave(window.first);
    out.seen += window.size();
    if (out.sizes != nullptr) out.sizes[step] += window.size();
    if (window.size() >= State::kLeastSamples) out.column.Set(step, result(state, window, step));
  }
  return {};
}

// How many windows must overlap for them to slide at a gain: measured on samples every 15 s.
int64_t LeastOverlap(SlidingKind kind) {
  switch (kind) {
    case SlidingKind::kSum:
    case SlidingKind::kMean:
    case SlidingKind::kSlope:
    case SlidingKind::kPrediction:
      return 10;
    case SlidingKind::kVariance:
    case SlidingKind::kDeviation:
      return 5;
    default:
      return 1;
  }
}

struct KindRow {
  RangeKernel kernel;
  SlidingKind kind;
};
constexpr KindRow kKinds[] = {
    {MinOverTime, SlidingKind::kMin},
    {MaxOverTime, SlidingKind::kMax},
    {TsOfMinOverTime, SlidingKind::kTimeOfMin},
    {TsOfMaxOverTime, SlidingKind::kTimeOfMax},
    {QuantileOverTime, SlidingKind::kQuantile},
    {MadOverTime, SlidingKind::kMedianDistance},
    {SumOverTime, SlidingKind::kSum},
    {AvgOverTime, SlidingKind::kMean},
    {StdvarOverTime, SlidingKind::kVariance},
    {StddevOverTime, SlidingKind::kDeviation},
    {Deriv, SlidingKind::kSlope},
    {PredictLinear, SlidingKind::kPrediction},
    {Changes, SlidingKind::kChanges},
    {Resets, SlidingKind::kResets},
};

}  // namespace

SlidingKind SlidingKindOf(const FunctionRow& function, const RangeShape& shape,
                          const Steps& steps) {
  if (shape.anchored || shape.smoothed || steps.count < 2) return SlidingKind::kNone;
  for (const KindRow& row : kKinds) {
    if (function.range != row.kernel) continue;
    const bool pays = shape.range_ms / steps.interval_ms >= LeastOverlap(row.kind);
    return pays ? row.kind : SlidingKind::kNone;
  }
  return SlidingKind::kNone;
}

Status SlidingColumn(const SlidingInput& input, const Steps& steps, QueryControl& control,
                     uint64_t* sizes, uint64_t& seen, Column& column) {
  const Output out{control, sizes, seen, column};
  const std::span<const int64_t> times_ms = input.times_ms;
  const std::span<const double> values = input.values;
  const auto slide = [&](auto state, auto result) {
    return Slide(input, steps, out, std::move(state), result);
  };
  const auto result = [](auto& state, IndexRange window, size_t) { return state.Result(window); };
  const auto best = [&](const auto& state, IndexRange window, size_t) {
    return values[state.Best(window)];
  };
  const auto time_of_best = [&](const auto& state, IndexRange window, size_t) {
    return static_cast<double>(times_ms[state.Best(window)]) / 1000;
  };
  const auto count = [](const auto& state, IndexRange, size_t) { return state.count(); };
  switch (input.kind) {
    case SlidingKind::kMin:
      return slide(SlidingBest<std::less<>>(values), best);
    case SlidingKind::kMax:
      return slide(SlidingBest<std::greater<>>(values), best);
    case SlidingKind::kTimeOfMin:
      return slide(SlidingBest<std::less_equal<>>(values), time_of_best);
    case SlidingKind::kTimeOfMax:
      return slide(SlidingBest<std::greater_equal<>>(values), time_of_best);
    case SlidingKind::kQuantile:
      return slide(SlidingOrder(values), [&](const auto& state, IndexRange, size_t step) {
        return QuantileOfSorted(input.scalars[step], state.sorted());
      });
    case SlidingKind::kMedianDistance:
      return slide(SlidingOrder(values), [](const auto& state, IndexRange, size_t) {
        return MedianDistanceOfSorted(state.sorted());
      });
    case SlidingKind::kSum:
    case SlidingKind::kMean:
      return slide(SlidingSum(values, input.kind == SlidingKind::kMean), result);
    case SlidingKind::kVariance:
    case SlidingKind::kDeviation:
      return slide(SlidingVariance(values, input.kind == SlidingKind::kDeviation), result);
    case SlidingKind::kSlope:
      return slide(SlidingLine(times_ms, values),
                   [](auto& line, IndexRange window, size_t) { return line.Slope(window); });
    case SlidingKind::kPrediction:
      return slide(SlidingLine(times_ms, values), [&](auto& line, IndexRange window, size_t step) {
        return line.Predict(window, steps.time_ms(step), input.scalars[step]);
      });
    case SlidingKind::kChanges:
      return slide(SlidingCount<IsChange>(input), count);
    case SlidingKind::kResets:
      return slide(SlidingCount<IsReset>(input), count);
    case SlidingKind::kNone:
      break;
  }
  return {};
}

}  // namespace narthex::promql
