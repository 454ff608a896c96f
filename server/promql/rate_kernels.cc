#include <algorithm>
#include <array>

#include "server/promql/extrapolation.h"
#include "server/promql/histogram_math.h"
#include "server/promql/range_kernels.h"

namespace narthex::promql {
namespace {

using storage::CounterResetHint;

constexpr std::string_view kAddition = "addition";
constexpr std::string_view kSubtraction = "subtraction";

bool IsGauge(const Histogram& histogram) { return histogram.hint == CounterResetHint::kGauge; }

// Reports what a merge has to tell; false where it could not be done.
bool Report(const HistogramMerge& merge, std::string_view operation, const RangeCall& call) {
  if (!merge.compatible) {
    call.annotations->MixedBucketLayouts(call.metric, call.place);
    return false;
  }
  if (merge.reconciled) call.annotations->BoundsReconciled(operation, call.place);
  return true;
}

bool HistogramResetAt(std::span<const HistogramPoint> points, size_t i, const Histogram& before) {
  return StartTellsReset(points[i - 1].start_ms, points[i - 1].time_ms, points[i].start_ms,
                         points[i].time_ms) ||
         DetectReset(*points[i].histogram, before);
}

bool StartOverlaps(const HistogramPoint& before, const HistogramPoint& now) {
  return now.start_ms != 0 && now.start_ms < before.time_ms && now.start_ms != before.start_ms;
}

// Of at least two histograms: the last less the first, and what resets in between took away.
class HistogramIncrease {
 public:
  HistogramIncrease(std::span<const HistogramPoint> points, const RangeCall& call, bool counter)
      : points_(points), call_(call), counter_(counter) {}

  bool Compute(Histogram& out) {
    Histogram first = *points_.front().histogram;
    const Histogram& last = *points_.back().histogram;
    if (counter_ && (IsGauge(first) || IsGauge(last)))
      call_.annotations->NotACounter(call_.metric, call_.place);
    if (counter_ && HistogramResetAt(points_, 1, first)) first = EmptyLike(*points_[1].histogram);
    if (last.custom() != first.custom()) return Mixed();
    int32_t schema = std::min(last.schema, first.schema);
    if (!CheckBetween(first.custom(), schema)) return false;
    out = last;
    if (!out.custom()) storage::ReduceResolution(out, schema);
    if (!Report(SubtractFrom(out, first), kSubtraction, call_)) return false;
    if (counter_) {
      if (!AddResets(first, out)) return false;
    } else if (!IsGauge(*points_.front().histogram) || !IsGauge(last)) {
      call_.annotations->NotAGauge(call_.metric, call_.place);
    }
    out.hint = CounterResetHint::kGauge;
    Compact(out);
    return true;
  }

 private:
  static Histogram EmptyLike(const Histogram& histogram) {
    Histogram empty;
    empty.schema = histogram.schema;
    empty.custom_bounds = histogram.custom_bounds;
    return empty;
  }

  bool Mixed() const {
    call_.annotations->MixedBucketLayouts(call_.metric, call_.place);
    return false;
  }

  bool CheckBetween(bool custom, int32_t& schema) const {
    if (!counter_) return true;
    for (const HistogramPoint& point : points_.subspan(1, points_.size() - 2)) {
      if (IsGauge(*point.histogram)) call_.annotations->NotACounter(call_.metric, call_.place);
      schema = std::min(schema, point.histogram->schema);
      if (point.histogram->custom() != custom) return Mixed();
    }
    return true;
  }

  bool AddResets(const Histogram& before, Histogram& out) const {
    bool overlap = false;
    const Histogram* last = &before;
    for (size_t i = 1; i < points_.size(); ++i) {
      if (!overlap && StartOverlaps(points_[i - 1], points_[i])) {
        call_.annotations->StartTimesOverlap(call_.metric, call_.place);
        overlap = true;
      }
      if (HistogramResetAt(points_, i, *last) && !Report(AddTo(out, *last), kAddition, call_))
        return false;
      last = points_[i].histogram.get();
    }
    return true;
  }

  std::span<const HistogramPoint> points_;
  const RangeCall& call_;
  const bool counter_;
};

double FloatIncrease(const RangeWindow& window, const RangeCall& call, bool counter) {
  double increase = window.values.back() - window.values.front();
  if (!counter) return increase;
  for (const size_t reset : window.resets) increase += window.values[reset - window.first - 1];
  for (size_t i = 1; i < window.starts_ms.size(); ++i) {
    const int64_t start_ms = window.starts_ms[i];
    const bool overlaps =
        start_ms != 0 && start_ms < window.times_ms[i - 1] && start_ms != window.starts_ms[i - 1];
    if (!overlaps) continue;
    call.annotations->StartTimesOverlap(call.metric, call.place);
    break;
  }
  return increase;
}

bool CountsFromStart(const RangeWindow& window, const Sampled& sampled, bool counter) {
  return counter && sampled.start_ms != 0 && sampled.start_ms > window.begin_ms &&
         sampled.start_ms < sampled.first_ms;
}

bool FloatRate(const RangeWindow& window, const RangeCall& call, bool counter, bool per_second,
               Value& out) {
  Sampled sampled;
  sampled.intervals = window.values.size() - 1;
  sampled.first_ms = window.times_ms.front();
  sampled.last_ms = window.times_ms.back();
  if (!window.starts_ms.empty()) sampled.start_ms = window.starts_ms.front();
  const bool from_start = CountsFromStart(window, sampled, counter);
  if (sampled.intervals == 0 && !from_start) return false;
  sampled.first = window.values.front();
  sampled.increase = FloatIncrease(window, call, counter);
  if (from_start) sampled.increase += sampled.first;
  double factor = Extrapolation(sampled, window.begin_ms, window.end_ms, counter, from_start);
  if (per_second) factor /= window.range_s();
  out.value = sampled.increase * factor;
  return true;
}

bool HistogramRate(const RangeWindow& window, const RangeCall& call, bool counter, bool per_second,
                   Value& out) {
  const std::span<const HistogramPoint> points = window.histograms;
  Sampled sampled;
  sampled.intervals = points.size() - 1;
  sampled.first_ms = points.front().time_ms;
  sampled.last_ms = points.back().time_ms;
  sampled.start_ms = points.front().start_ms;
  const bool from_start = CountsFromStart(window, sampled, counter);
  if (sampled.intervals == 0 && !from_start) return false;
  const Histogram& first = *points.front().histogram;
  Histogram increase = first;
  if (sampled.intervals > 0) {
    if (!HistogramIncrease(points, call, counter).Compute(increase)) return false;
    if (from_start && !Report(AddTo(increase, first), kAddition, call)) return false;
  }
  sampled.first = first.count;
  sampled.increase = increase.count;
  double factor = Extrapolation(sampled, window.begin_ms, window.end_ms, counter, from_start);
  if (per_second) factor /= window.range_s();
  Multiply(increase, factor);
  out.histogram = std::make_shared<const Histogram>(std::move(increase));
  return true;
}

bool ExtrapolatedRate(const RangeWindow& window, const RangeCall& call, bool counter,
                      bool per_second, Value& out) {
  if (!window.values.empty() && !window.histograms.empty()) {
    call.annotations->MixedFloatsAndHistograms(call.metric, call.place);
    return false;
  }
  if (window.values.empty() && window.histograms.empty()) return false;
  if (call.anchored || call.smoothed) return ExtendedRate(window, call, counter, per_second, out);
  if (!window.histograms.empty()) return HistogramRate(window, call, counter, per_second, out);
  return FloatRate(window, call, counter, per_second, out);
}

// One of the last two samples of a window.
struct Point {
  int64_t time_ms = 0;
  int64_t start_ms = 0;
  double value = 0;
  const Histogram* histogram = nullptr;
};

// The last two samples by time, floats and histograms together.
std::array<Point, 2> LastTwo(const RangeWindow& window) {
  std::array<Point, 2> last;
  size_t floats = window.values.size();
  size_t histograms = window.histograms.size();
  for (size_t i = 2; i-- > 0;) {
    const bool is_float =
        floats > 0 && (histograms == 0 ||
                       window.times_ms[floats - 1] >= window.histograms[histograms - 1].time_ms);
    if (is_float) {
      --floats;
      last[i] = {window.times_ms[floats], window.starts_ms.empty() ? 0 : window.starts_ms[floats],
                 window.values[floats], nullptr};
    } else {
      const HistogramPoint& point = window.histograms[--histograms];
      last[i] = {point.time_ms, point.start_ms, 0, point.histogram.get()};
    }
  }
  return last;
}

bool InstantHistogram(const std::array<Point, 2>& last, const RangeCall& call, bool rate,
                      double interval_s, Value& out) {
  const Histogram& before = *last[0].histogram;
  Histogram result = *last[1].histogram;
  if (rate && (IsGauge(before) || IsGauge(result)))
    call.annotations->NotACounter(call.metric, call.place);
  if (!rate && (!IsGauge(before) || !IsGauge(result)))
    call.annotations->NotAGauge(call.metric, call.place);
  const bool reset = rate && (StartTellsReset(last[0].start_ms, last[0].time_ms, last[1].start_ms,
                                              last[1].time_ms) ||
                              DetectReset(result, before));
  if (!reset && !Report(SubtractFrom(result, before), kSubtraction, call)) return false;
  result.hint = CounterResetHint::kGauge;
  Compact(result);
  if (rate) Divide(result, interval_s);
  out.histogram = std::make_shared<const Histogram>(std::move(result));
  return true;
}

bool InstantValue(const RangeWindow& window, const RangeCall& call, bool rate, Value& out) {
  if (window.values.size() + window.histograms.size() < 2) return false;
  const std::array<Point, 2> last = LastTwo(window);
  const int64_t interval_ms = last[1].time_ms - last[0].time_ms;
  if (interval_ms == 0) return false;
  const double interval_s = static_cast<double>(interval_ms) / 1000;
  if ((last[0].histogram == nullptr) != (last[1].histogram == nullptr)) {
    call.annotations->MixedFloatsAndHistograms(call.metric, call.place);
    return false;
  }
  if (last[0].histogram != nullptr) return InstantHistogram(last, call, rate, interval_s, out);
  const bool reset =
      rate && (last[1].value < last[0].value || StartTellsReset(last[0].start_ms, last[0].time_ms,
                                                                last[1].start_ms, last[1].time_ms));
  out.value = reset ? last[1].value : last[1].value - last[0].value;
  if (rate) out.value /= interval_s;
  return true;
}

}  // namespace

bool StartTellsReset(int64_t start_before_ms, int64_t time_before_ms, int64_t start_ms,
                     int64_t time_ms) {
  if (start_ms == 0 || start_ms >= time_ms || start_ms < time_before_ms) return false;
  if (start_ms > time_before_ms) return true;
  if (start_before_ms > time_before_ms) return false;
  return start_before_ms != 0 && start_before_ms != time_before_ms;
}

// Per-second increase of a counter over the range, extrapolated to its borders.
bool Rate(const RangeWindow& window, const RangeCall& call, Value& out) {
  return ExtrapolatedRate(window, call, true, true, out);
}

bool Increase(const RangeWindow& window, const RangeCall& call, Value& out) {
  return ExtrapolatedRate(window, call, true, false, out);
}

bool Delta(const RangeWindow& window, const RangeCall& call, Value& out) {
  return ExtrapolatedRate(window, call, false, false, out);
}

// Per-second change between the last two samples; a fall is a counter reset, and the new value the
// whole increase. Nothing to tell from fewer, nor from two at one time.
bool IRate(const RangeWindow& window, const RangeCall& call, Value& out) {
  return InstantValue(window, call, true, out);
}

bool IDelta(const RangeWindow& window, const RangeCall& call, Value& out) {
  return InstantValue(window, call, false, out);
}

}  // namespace narthex::promql
