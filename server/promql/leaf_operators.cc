#include "server/promql/leaf_operators.h"

#include "server/promql/border.h"
#include "server/promql/dense_loops.h"
#include "server/promql/leaf_operator.h"

namespace narthex::promql {

using storage::SampleColumns;

namespace {

class InstantSelector : public LeafOperator {
 public:
  InstantSelector(QueryContext& context, const Steps& steps, std::unique_ptr<SampleSource> source,
                  const RangeShape& shape, SampleAspect aspect)
      : LeafOperator(context, steps, std::move(source)), shape_(shape), aspect_(aspect) {}
  ~InstantSelector() override { StopWork(); }

 protected:
  void Evaluate(size_t, const SampleColumns& samples, Entry& entry) const override {
    const bool by_step = !entry.queried_at.empty() || !entry.read_at.empty();
    if (aspect_ == SampleAspect::kValue && !samples.has_histograms() && !by_step)
      return EvaluateFloats(samples, entry);
    const StaleMark is_stale;
    Border after;  // the first sample beyond the step
    for (size_t step = 0; step < entry.column.steps(); ++step) {
      const int64_t time_ms = shape_.end_ms(steps_.time_ms(step));
      after.Advance(samples.timestamps_ms, time_ms);
      if (after.at() == 0) continue;
      const size_t newest = after.at() - 1;
      const bool fresh = samples.timestamps_ms[newest] > time_ms - context_.lookback_ms;
      if (!fresh || is_stale(samples.values[newest])) continue;
      const bool histogram = samples.has_histograms() && samples.histograms[newest];
      const uint64_t size = histogram ? SamplesOf(*samples.histograms[newest]) : 1;
      entry.Count(step, size);
      entry.CountRead(step, size);
      Give(samples, newest, step, entry.column);
    }
  }

 private:
  // Nothing but floats, counted together.
  void EvaluateFloats(const SampleColumns& samples, Entry& entry) const {
    const StaleMark is_stale;
    const std::span<const int64_t> times_ms = samples.timestamps_ms;
    const std::span<double> values = entry.column.values;
    const std::span<uint8_t> present = entry.column.present;
    uint64_t seen = 0;
    Border after;
    for (size_t step = 0; step < present.size(); ++step) {
      const int64_t time_ms = shape_.end_ms(steps_.time_ms(step));
      after.Advance(times_ms, time_ms);
      if (after.at() == 0) continue;
      const size_t newest = after.at() - 1;
      const double value = samples.values[newest];
      if (times_ms[newest] <= time_ms - context_.lookback_ms || is_stale(value)) continue;
      values[step] = value;
      present[step] = Column::kFloat;
      ++seen;
    }
    entry.queried += seen;
    entry.read += seen;
  }

  void Give(const SampleColumns& samples, size_t at, size_t step, Column& column) const {
    if (aspect_ == SampleAspect::kTime) {
      column.Set(step, static_cast<double>(samples.timestamps_ms[at]) / 1000);
    } else if (aspect_ == SampleAspect::kStart) {
      const int64_t start_ms = samples.starts_ms.empty() ? 0 : samples.starts_ms[at];
      column.Set(step, static_cast<double>(start_ms) / 1000);
    } else if (samples.has_histograms() && samples.histograms[at]) {
      column.Set(step, samples.histograms[at]);
    } else {
      column.Set(step, samples.values[at]);
    }
  }

  const RangeShape shape_;
  const SampleAspect aspect_;
};

}  // namespace

OperatorPtr NewInstantSelector(QueryContext& context, const Steps& steps, const Selector& selector,
                               size_t place, SampleAspect aspect) {
  RangeShape shape = ShapeOf(selector);
  const int64_t min_ms = shape.end_ms(steps.start_ms) - context.lookback_ms + 1;
  const int64_t max_ms = shape.end_ms(steps.end_ms());
  if (selector.smoothed && aspect == SampleAspect::kValue) {
    return NewRangeFunction(
        context, steps, {&SmoothedSelector(), shape, place},
        NewStorageSource(context, selector, min_ms, max_ms + context.lookback_ms), {});
  }
  return std::make_unique<InstantSelector>(
      context, steps, NewStorageSource(context, selector, min_ms, max_ms), shape, aspect);
}

}  // namespace narthex::promql
