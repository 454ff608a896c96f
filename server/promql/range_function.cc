// Functions over ranges: a window slides over the samples of a series.
#include <algorithm>
#include <array>
#include <limits>

#include "server/promql/border.h"
#include "server/promql/dense_loops.h"
#include "server/promql/leaf_operator.h"
#include "server/promql/leaf_operators.h"
#include "server/promql/range_kernels.h"
#include "server/promql/rate_column.h"
#include "server/promql/sliding_column.h"

namespace narthex::promql {
namespace {

using storage::SampleColumns;

// The samples of a series without staleness markers, floats and histograms apart. Refers to the
// columns it was made of where they hold nothing but floats.
class SeparatedSamples {
 public:
  SeparatedSamples(const SampleColumns& samples, bool with_starts) {
    const bool starts = with_starts && !samples.starts_ms.empty();
    const ValueTraits traits = TraitsOf(samples.values);
    const bool plain = !samples.has_histograms() && !traits.stale;
    may_fall_ = !plain || traits.falls;
    if (plain) {
      times_ms = samples.timestamps_ms;
      values = samples.values;
      if (starts) starts_ms = samples.starts_ms;
      return;
    }
    const StaleMark is_stale;
    for (size_t i = 0; i < samples.size(); ++i) {
      if (is_stale(samples.values[i])) continue;
      if (samples.has_histograms() && samples.histograms[i]) {
        histograms.push_back(
            {samples.timestamps_ms[i], starts ? samples.starts_ms[i] : 0, samples.histograms[i]});
        continue;
      }
      floats_.timestamps_ms.push_back(samples.timestamps_ms[i]);
      floats_.values.push_back(samples.values[i]);
      if (starts) floats_.starts_ms.push_back(samples.starts_ms[i]);
    }
    times_ms = floats_.timestamps_ms;
    values = floats_.values;
    starts_ms = floats_.starts_ms;
  }
  SeparatedSamples(const SeparatedSamples&) = delete;
  SeparatedSamples& operator=(const SeparatedSamples&) = delete;

  void FindResets() {
    if (starts_ms.empty() && !may_fall_) return;
    for (size_t i = 1; i < values.size(); ++i) {
      const bool reset = values[i] < values[i - 1] ||
                         (!starts_ms.empty() && StartTellsReset(starts_ms[i - 1], times_ms[i - 1],
                                                                starts_ms[i], times_ms[i]));
      if (reset) resets.push_back(i);
    }
  }

  // As QueryStats counts histograms.
  uint64_t SamplesOfHistograms(size_t first, size_t after) {
    if (first == after) return 0;
    if (samples_before_.empty()) {
      samples_before_.push_back(0);
      for (const HistogramPoint& point : histograms)
        samples_before_.push_back(samples_before_.back() + SamplesOf(*point.histogram));
    }
    return samples_before_[after] - samples_before_[first];
  }

  // Of those in (begin, end].
  uint64_t SamplesBetween(int64_t begin_ms, int64_t end_ms) {
    const auto floats_to = [&](int64_t time_ms) {
      return std::upper_bound(times_ms.begin(), times_ms.end(), time_ms) - times_ms.begin();
    };
    const auto histograms_to = [&](int64_t time_ms) {
      const auto after = std::upper_bound(
          histograms.begin(), histograms.end(), time_ms,
          [](int64_t time, const HistogramPoint& point) { return time < point.time_ms; });
      return static_cast<size_t>(after - histograms.begin());
    };
    return static_cast<uint64_t>(floats_to(end_ms) - floats_to(begin_ms)) +
           SamplesOfHistograms(histograms_to(begin_ms), histograms_to(end_ms));
  }

  std::span<const int64_t> times_ms;
  std::span<const double> values;
  std::span<const int64_t> starts_ms;
  std::vector<HistogramPoint> histograms;
  std::vector<size_t> resets;

 private:
  SampleColumns floats_;
  bool may_fall_ = false;                 // some value may be less than the one before
  std::vector<uint64_t> samples_before_;  // by histogram
};

// A run of indices that moves forward with the steps.
struct Run {
  size_t first = 0;
  size_t after = 0;

  // To those in (begin, end].
  template <typename TimeAt>
  void Advance(size_t size, TimeAt time_at, int64_t begin_ms, int64_t end_ms) {
    while (after < size && time_at(after) <= end_ms) ++after;
    while (first < after && time_at(first) <= begin_ms) ++first;
  }
  size_t size() const { return after - first; }
};

class RangeFunction : public LeafOperator {
 public:
  RangeFunction(QueryContext& context, const Steps& steps, const RangeFunctionCall& call,
                std::unique_ptr<SampleSource> source, std::vector<OperatorPtr> scalars)
      : LeafOperator(context, steps, std::move(source)),
        call_(call),
        scalar_operators_(std::move(scalars)),
        rate_(call.shape.anchored || call.shape.smoothed ? RateKind() : RateKindOf(*call.function)),
        sliding_(SlidingKindOf(*call.function, call.shape, steps)),
        starts_(context.features.start_timestamps && call.function->uses_starts) {}
  ~RangeFunction() override { StopWork(); }

 protected:
  Status Prepare() override {
    for (const OperatorPtr& scalar : scalar_operators_) {
      RETURN_IF_ERROR(scalar->Open().status());
      RETURN_IF_ERROR(scalar->Next(scalars_.emplace_back()));
    }
    return {};
  }

  void Announce(SeriesHead& head) const override {
    if (!call_.function->keeps_name) context_.DropName(head);
  }
  bool KeepsLabels() const override { return call_.function->keeps_name; }

  void Evaluate(size_t index, const SampleColumns& read, Entry& entry) const override {
    SeparatedSamples samples(read, starts_);
    if (reads_storage()) CountReads(samples, entry);
    if (call_.function->counts_resets) samples.FindResets();
    if (sliding_ != SlidingKind::kNone && samples.histograms.empty())
      return EvaluateSliding(samples, entry);
    if (rate_.known && samples.histograms.empty() && samples.starts_ms.empty()) {
      EvaluateRate(samples, entry);
      const auto& present = entry.column.present;
      const bool any = std::find(present.begin(), present.end(), Column::kFloat) != present.end();
      if (any && call_.function->counts_resets) CheckCounter(index);
      return;
    }
    std::array<double, kMaxScalars> scalars{};
    RangeCall call;
    call.metric = labels(index).Get(kMetricName);
    call.place = call_.place;
    call.anchored = call_.shape.anchored;
    call.smoothed = call_.shape.smoothed;
    call.scalars = {scalars.data(), scalars_.size()};
    call.annotations = &context_.annotations();
    call.failure = &entry.status;
    bool any_float = false;
    Slide(samples, entry, [&](const RangeWindow& window, size_t step) {
      for (size_t i = 0; i < scalars_.size(); ++i) scalars[i] = scalars_[i].values[step];
      Value value;
      if (!call_.function->range(window, call, value)) return entry.status.ok();
      any_float = any_float || !value.histogram;
      entry.column.Set(step, std::move(value));
      return true;
    });
    if (any_float && call_.function->counts_resets) CheckCounter(index);
  }

 private:
  int64_t before_ms() const {
    return call_.shape.anchored || call_.shape.smoothed ? context_.lookback_ms : 0;
  }
  int64_t after_ms() const { return call_.shape.smoothed ? context_.lookback_ms : 0; }

  // Each sample once, at the first step that has it in its window; windows that leave nothing out
  // together, where that is enough.
  void CountReads(SeparatedSamples& samples, Entry& entry) const {
    const RangeShape& shape = call_.shape;
    const int64_t width_ms = before_ms() + shape.range_ms + after_ms();
    const bool together = entry.read_at.empty() && width_ms >= steps_.interval_ms;
    if (!together && samples.histograms.empty())
      return CountFloatReads(samples.times_ms, width_ms, entry);
    int64_t counted_ms = std::numeric_limits<int64_t>::min();  // up to there
    for (size_t step = 0; step < steps_.count; ++step) {
      const int64_t begin_ms = shape.end_ms(steps_.time_ms(step)) + after_ms() - width_ms;
      const size_t last = together ? steps_.count - 1 : step;
      const int64_t end_ms = shape.end_ms(steps_.time_ms(last)) + after_ms();
      if (end_ms > counted_ms)
        entry.CountRead(step, samples.SamplesBetween(std::max(begin_ms, counted_ms), end_ms));
      if (together) return;
      counted_ms = end_ms;
    }
  }

  void CountFloatReads(std::span<const int64_t> times_ms, int64_t width_ms, Entry& entry) const {
    Border begin;
    Border end;
    size_t counted = 0;
    for (size_t step = 0; step < steps_.count; ++step) {
      const int64_t end_ms = call_.shape.end_ms(steps_.time_ms(step)) + after_ms();
      begin.Advance(times_ms, end_ms - width_ms);
      end.Advance(times_ms, end_ms);
      const size_t first = std::max(begin.at(), counted);
      if (end.at() <= first) continue;
      entry.CountRead(step, end.at() - first);
      counted = end.at();
    }
  }

  static constexpr size_t kMaxScalars = 2;
  static constexpr size_t kStepsBetweenChecks = 64;  // windows may be long

  // Nothing but floats: all steps at once.
  void EvaluateRate(const SeparatedSamples& samples, Entry& entry) const {
    uint64_t* sizes = entry.queried_at.empty() ? nullptr : entry.queried_at.data();
    entry.queried +=
        RateColumn({samples.times_ms, samples.values, samples.resets, call_.shape, rate_}, steps_,
                   sizes, entry.column);
  }

  void EvaluateSliding(const SeparatedSamples& samples, Entry& entry) const {
    SlidingInput input{samples.times_ms, samples.values, samples.starts_ms,
                       call_.shape,      sliding_,       {}};
    if (!scalars_.empty()) input.scalars = scalars_[0].values;
    uint64_t* sizes = entry.queried_at.empty() ? nullptr : entry.queried_at.data();
    entry.status =
        SlidingColumn(input, steps_, context_.control(), sizes, entry.queried, entry.column);
    if (sliding_ != SlidingKind::kQuantile) return;
    for (size_t step = 0; step < steps_.count; ++step) {
      const double quantile = input.scalars[step];
      if (entry.column.present[step] != Column::kAbsent && !(quantile >= 0 && quantile <= 1))
        context_.annotations().InvalidQuantile(quantile, call_.place);
    }
  }

  // Shows each step its window; until `visit` says false.
  template <typename Visit>
  void Slide(SeparatedSamples& samples, Entry& entry, Visit visit) const {
    const RangeShape& shape = call_.shape;
    Run floats;
    Run histograms;
    Run resets;
    for (size_t step = 0; step < steps_.count; ++step) {
      if (step % kStepsBetweenChecks == kStepsBetweenChecks - 1) {
        entry.status = context_.control().Check();
        if (!entry.status.ok()) return;
      }
      RangeWindow window;
      window.step_ms = steps_.time_ms(step);
      window.end_ms = shape.end_ms(window.step_ms);
      window.begin_ms = window.end_ms - shape.range_ms;
      const int64_t begin_ms = window.begin_ms - before_ms();
      const int64_t end_ms = window.end_ms + after_ms();
      floats.Advance(
          samples.values.size(), [&](size_t i) { return samples.times_ms[i]; }, begin_ms, end_ms);
      histograms.Advance(
          samples.histograms.size(), [&](size_t i) { return samples.histograms[i].time_ms; },
          begin_ms, end_ms);
      const size_t size = floats.size() + histograms.size();
      if (size == 0) continue;
      entry.Count(step,
                  floats.size() + samples.SamplesOfHistograms(histograms.first, histograms.after));
      window.times_ms = samples.times_ms.subspan(floats.first, floats.size());
      window.values = samples.values.subspan(floats.first, floats.size());
      if (!samples.starts_ms.empty())
        window.starts_ms = samples.starts_ms.subspan(floats.first, floats.size());
      window.histograms =
          std::span(samples.histograms).subspan(histograms.first, histograms.size());
      window.first = floats.first;
      while (resets.after < samples.resets.size() && samples.resets[resets.after] < floats.after)
        ++resets.after;
      while (resets.first < resets.after && samples.resets[resets.first] <= floats.first)
        ++resets.first;
      window.resets = std::span(samples.resets).subspan(resets.first, resets.size());
      if (!visit(window, step)) return;
    }
  }

  // Says so where rate or increase was asked of what does not look like a counter.
  void CheckCounter(size_t index) const {
    const std::string_view name = labels(index).Get(kMetricName);
    if (name.empty()) return;
    if (context_.features.type_and_unit_labels) {
      const std::string_view type = labels(index).Get("__type__");
      if (type == "counter" || type == "histogram") return;
      context_.annotations().Info(
          "metric might not be a counter, __type__ label is not set to \"counter\" or "
          "\"histogram\", got " +
              Quote(type) + ": " + Quote(name),
          call_.place);
      return;
    }
    for (const std::string_view suffix : {"_total", "_sum", "_count", "_bucket"}) {
      if (name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix)
        return;
    }
    context_.annotations().Info(
        "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
            Quote(name),
        call_.place);
  }

  const RangeFunctionCall call_;
  std::vector<OperatorPtr> scalar_operators_;
  std::vector<Column> scalars_;
  const RateKind rate_;  // not known: the function's kernel is called for each step
  const SlidingKind sliding_;
  const bool starts_;
};

}  // namespace

OperatorPtr NewRangeFunction(QueryContext& context, const Steps& steps,
                             const RangeFunctionCall& call, std::unique_ptr<SampleSource> source,
                             std::vector<OperatorPtr> scalars) {
  return context.AfterDropping(
      std::make_unique<RangeFunction>(context, steps, call, std::move(source), std::move(scalars)));
}

}  // namespace narthex::promql
