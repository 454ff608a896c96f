// rate, increase and delta over anchored and smoothed ranges: the values at the borders themselves,
// by the last sample before (anchored) or interpolated between the samples around (smoothed).
#include <algorithm>

#include "server/promql/histogram_math.h"
#include "server/promql/interpolate.h"
#include "server/promql/range_kernels.h"

namespace narthex::promql {
namespace {

using storage::CounterResetHint;

// Which samples of an extended window matter: from `first`, the last at or before the begin, to
// `last`, the last of all or the first at or after the end.
struct Borders {
  size_t first = 0;
  size_t last = 0;
};

template <typename TimeAt>
Borders FindBorders(const RangeWindow& window, size_t size, bool smoothed, TimeAt time_at) {
  Borders borders{0, size - 1};
  size_t after_begin = 0;
  while (after_begin < size - 1 && time_at(after_begin) <= window.begin_ms) ++after_begin;
  borders.first = after_begin > 0 ? after_begin - 1 : 0;
  if (smoothed) {
    size_t at_end = 0;
    while (at_end < size - 1 && time_at(at_end) < window.end_ms) ++at_end;
    borders.last = at_end;
  }
  return borders;
}

bool FloatExtended(const RangeWindow& window, const RangeCall& call, bool counter, bool per_second,
                   Value& out) {
  const auto time = [&](size_t i) { return window.times_ms[i]; };
  const auto value = [&](size_t i) { return window.values[i]; };
  auto [first, last] = FindBorders(window, window.values.size(), call.smoothed, time);
  if (time(last) <= window.begin_ms) return false;
  if (call.smoothed && time(first) > window.end_ms) return false;
  const double left =
      call.smoothed && time(first) < window.begin_ms
          ? Interpolate({time(first), value(first)}, {time(first + 1), value(first + 1)},
                        window.begin_ms, counter)
          : value(first);
  const double right = call.smoothed && last > 0 && time(last) > window.end_ms
                           ? Interpolate({time(last - 1), value(last - 1)},
                                         {time(last), value(last)}, window.end_ms, counter)
                           : value(last);
  double result = right - left;
  if (counter) {
    size_t end = last + 1;
    if (time(first) <= window.begin_ms) ++first;
    if (time(last) >= window.end_ms) --end;
    double before = left;
    double correction = 0;
    for (size_t i = first; i < end; ++i) {
      if (value(i) < before) correction += before;
      before = value(i);
    }
    if (right < before) correction += before;
    result += correction;
  }
  out.value = per_second ? result / window.range_s() : result;
  return true;
}

class HistogramExtended {
 public:
  HistogramExtended(const RangeWindow& window, const RangeCall& call, bool counter)
      : window_(window), call_(call), points_(window.histograms), counter_(counter) {}

  bool Compute(Histogram& out) {
    borders_ = FindBorders(window_, points_.size(), call_.smoothed,
                           [&](size_t i) { return points_[i].time_ms; });
    const auto [first, last] = borders_;
    if (points_[last].time_ms <= window_.begin_ms) return false;
    if (call_.smoothed && points_[first].time_ms > window_.end_ms) return false;
    if (!Check()) return false;
    Histogram left = *points_[first].histogram;
    Histogram right = *points_[last].histogram;
    if (call_.smoothed && points_[first].time_ms < window_.begin_ms &&
        !Between(first, window_.begin_ms, left))
      return false;
    if (call_.smoothed && last > 0 && points_[last].time_ms > window_.end_ms &&
        !Between(last - 1, window_.end_ms, right))
      return false;
    const bool gauges =
        left.hint == CounterResetHint::kGauge && right.hint == CounterResetHint::kGauge;
    if (!counter_ && !gauges) call_.annotations->NotAGauge(call_.metric, call_.place);
    out = right;
    if (!Report(SubtractFrom(out, left), "subtraction")) return false;
    if (counter_ && !Correct(left, right, out)) return false;
    return true;
  }

 private:
  bool Report(const HistogramMerge& merge, std::string_view operation) const {
    if (!merge.compatible) {
      call_.annotations->MixedBucketLayouts(call_.metric, call_.place);
      return false;
    }
    if (merge.reconciled) call_.annotations->BoundsReconciled(operation, call_.place);
    return true;
  }

  bool Check() const {
    const bool custom = points_[borders_.first].histogram->custom();
    for (size_t i = borders_.first; i <= borders_.last; ++i) {
      if (points_[i].histogram->custom() != custom) {
        call_.annotations->MixedBucketLayouts(call_.metric, call_.place);
        return false;
      }
      if (counter_ && points_[i].histogram->hint == CounterResetHint::kGauge)
        call_.annotations->NotACounter(call_.metric, call_.place);
    }
    return true;
  }

  // The histogram at a time between point `i` and the next.
  bool Between(size_t i, int64_t time_ms, Histogram& out) const {
    return InterpolateHistograms(points_[i], points_[i + 1], time_ms, counter_,
                                 {call_.metric, call_.place, call_.annotations}, out);
  }

  // Adds what resets within the range took away.
  bool Correct(const Histogram& left, const Histogram& right, Histogram& out) const {
    size_t i = borders_.first + 1;
    const Histogram* before = &left;
    if (call_.smoothed && points_[borders_.first].time_ms < window_.begin_ms &&
        DetectReset(*points_[i].histogram, *points_[i - 1].histogram)) {
      before = points_[i].histogram.get();
      ++i;
    }
    if (i > borders_.last) return true;
    const auto visit = [&](const Histogram& now) {
      const bool reset = DetectReset(now, *before);
      const bool added = !reset || Report(AddTo(out, *before), "addition");
      before = &now;
      return added;
    };
    for (; i < borders_.last; ++i) {
      if (!visit(*points_[i].histogram)) return false;
    }
    return visit(right);
  }

  const RangeWindow& window_;
  const RangeCall& call_;
  std::span<const HistogramPoint> points_;
  const bool counter_;
  Borders borders_;
};

}  // namespace

bool ExtendedRate(const RangeWindow& window, const RangeCall& call, bool counter, bool per_second,
                  Value& out) {
  if (window.histograms.empty()) return FloatExtended(window, call, counter, per_second, out);
  Histogram result;
  if (!HistogramExtended(window, call, counter).Compute(result)) return false;
  if (per_second) Divide(result, window.range_s());
  result.hint = CounterResetHint::kGauge;
  Compact(result);
  out.histogram = std::make_shared<const Histogram>(std::move(result));
  return true;
}

bool SmoothedValue(const RangeWindow& window, const RangeCall& call, Value& out) {
  if (!window.values.empty() && !window.histograms.empty()) {
    call.annotations->MixedFloatsAndHistograms(call.metric, call.place);
    return false;
  }
  const int64_t time_ms = window.end_ms;
  if (window.histograms.empty()) {
    const auto next = std::lower_bound(window.times_ms.begin(), window.times_ms.end(), time_ms);
    const auto at = static_cast<size_t>(next - window.times_ms.begin());
    const bool exact = next != window.times_ms.end() && *next == time_ms;
    if (!exact && at == 0) return false;
    if (exact || next == window.times_ms.end()) {
      out.value = window.values[exact ? at : at - 1];
    } else {
      out.value = Interpolate({window.times_ms[at - 1], window.values[at - 1]},
                              {window.times_ms[at], window.values[at]}, time_ms, false);
    }
    return true;
  }
  const auto& points = window.histograms;
  size_t at = 0;
  while (at < points.size() && points[at].time_ms < time_ms) ++at;
  const bool exact = at < points.size() && points[at].time_ms == time_ms;
  if (!exact && at == 0) return false;
  if (exact) {
    out.histogram = points[at].histogram;
    return true;
  }
  Histogram result = *points[at - 1].histogram;
  if (at == points.size()) {
    result.hint = CounterResetHint::kUnknown;
  } else {
    const bool counter = result.hint != CounterResetHint::kGauge ||
                         points[at].histogram->hint != CounterResetHint::kGauge;
    if (!InterpolateHistograms(points[at - 1], points[at], time_ms, counter,
                               {call.metric, call.place, call.annotations}, result))
      return false;
  }
  out.histogram = std::make_shared<const Histogram>(std::move(result));
  return true;
}

}  // namespace narthex::promql
