#include <algorithm>
#include <cmath>
#include <limits>

#include "server/promql/histogram_math.h"
#include "server/promql/range_kernels.h"
#include "server/promql/window_sums.h"

namespace narthex::promql {
namespace {

using storage::CounterResetHint;

// Says that floats and histograms do not add up; true where both are there.
bool Mixes(const RangeWindow& window, const RangeCall& call) {
  if (window.values.empty() || window.histograms.empty()) return false;
  call.annotations->MixedFloatsAndHistograms(call.metric, call.place);
  return true;
}

// Adds up the histograms of a window, as a sum or a mean.
template <typename Accumulator>
bool FoldHistograms(const RangeWindow& window, const RangeCall& call, Value& out) {
  Accumulator fold(*window.histograms.front().histogram);
  bool reset = false;
  bool not_reset = false;
  bool reconciled = false;
  for (const HistogramPoint& point : window.histograms) {
    reset = reset || point.histogram->hint == CounterResetHint::kReset;
    not_reset = not_reset || point.histogram->hint == CounterResetHint::kNotReset;
    if (&point == &window.histograms.front()) continue;
    const HistogramMerge merge = fold.Add(*point.histogram);
    if (!merge.compatible) {
      call.annotations->MixedBucketLayouts(call.metric, call.place);
      return false;
    }
    reconciled = reconciled || merge.reconciled;
  }
  if (reset && not_reset) call.annotations->HintsClash("aggregation", call.place);
  if (reconciled) call.annotations->BoundsReconciled("aggregation", call.place);
  out.histogram = std::make_shared<const Histogram>(fold.Result());
  return true;
}

// Functions of floats alone leave histograms out, and say so where there are both.
bool HasFloats(const RangeWindow& window, const RangeCall& call) {
  if (window.values.empty()) return false;
  if (!window.histograms.empty()) call.annotations->IgnoredInRange(call.metric, call.place);
  return true;
}

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

// The index of the value that no other beats; NaN is beaten by anything.
template <typename Beats>
size_t Best(std::span<const double> values, Beats beats) {
  size_t best = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    if (beats(values[i], values[best]) || std::isnan(values[best])) best = i;
  }
  return best;
}

}  // namespace

bool AvgOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (Mixes(window, call)) return false;
  if (window.values.empty()) return FoldHistograms<HistogramMean>(window, call, out);
  out.value = MeanOf(window.values);
  return true;
}

bool SumOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (Mixes(window, call)) return false;
  if (window.values.empty()) return FoldHistograms<HistogramSum>(window, call, out);
  out.value = SumOf(window.values);
  return true;
}

bool CountOverTime(const RangeWindow& window, const RangeCall&, Value& out) {
  out.value = static_cast<double>(window.values.size() + window.histograms.size());
  return true;
}

bool PresentOverTime(const RangeWindow&, const RangeCall&, Value& out) {
  out.value = 1;
  return true;
}

bool FirstOverTime(const RangeWindow& window, const RangeCall&, Value& out) {
  const bool is_float =
      window.histograms.empty() ||
      (!window.values.empty() && window.times_ms.front() < window.histograms.front().time_ms);
  if (is_float) {
    out.value = window.values.front();
  } else {
    out.histogram = window.histograms.front().histogram;
  }
  return true;
}

bool LastOverTime(const RangeWindow& window, const RangeCall&, Value& out) {
  const bool is_float =
      window.histograms.empty() ||
      (!window.values.empty() && window.histograms.back().time_ms < window.times_ms.back());
  if (is_float) {
    out.value = window.values.back();
  } else {
    out.histogram = window.histograms.back().histogram;
  }
  return true;
}

bool MinOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  out.value = window.values[Best(window.values, std::less<>())];
  return true;
}

bool MaxOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  out.value = window.values[Best(window.values, std::greater<>())];
  return true;
}

bool TsOfMinOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  out.value = Seconds(window.times_ms[Best(window.values, std::less_equal<>())]);
  return true;
}

bool TsOfMaxOverTime(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!HasFloats(window, call)) return false;
  out.value = Seconds(window.times_ms[Best(window.values, std::greater_equal<>())]);
  return true;
}

bool TsOfFirstOverTime(const RangeWindow& window, const RangeCall&, Value& out) {
  int64_t first_ms = std::numeric_limits<int64_t>::max();
  if (!window.values.empty()) first_ms = window.times_ms.front();
  if (!window.histograms.empty()) first_ms = std::min(first_ms, window.histograms.front().time_ms);
  out.value = Seconds(first_ms);
  return true;
}

bool TsOfLastOverTime(const RangeWindow& window, const RangeCall&, Value& out) {
  int64_t last_ms = std::numeric_limits<int64_t>::min();
  if (!window.values.empty()) last_ms = window.times_ms.back();
  if (!window.histograms.empty()) last_ms = std::max(last_ms, window.histograms.back().time_ms);
  out.value = Seconds(last_ms);
  return true;
}

}  // namespace narthex::promql
