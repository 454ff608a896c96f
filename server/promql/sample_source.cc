#include "server/promql/sample_source.h"

#include "server/promql/histogram_math.h"

namespace narthex::promql {
namespace {

using storage::CounterResetHint;
using storage::SampleColumns;

// Leaves count and sum of histograms. Whether one began anew is told by its buckets, so that is
// found out before and kept in the hint.
void KeepStatistics(SampleColumns& samples) {
  if (!samples.has_histograms()) return;
  HistogramPtr before;
  for (HistogramPtr& histogram : samples.histograms) {
    if (!histogram || storage::IsStaleHistogram(*histogram)) continue;
    auto statistics = std::make_shared<Histogram>();
    statistics->hint = histogram->hint;
    statistics->schema = histogram->schema;
    statistics->count = histogram->count;
    statistics->sum = histogram->sum;
    if (histogram->hint == CounterResetHint::kUnknown && before) {
      statistics->hint =
          DetectReset(*histogram, *before) ? CounterResetHint::kReset : CounterResetHint::kNotReset;
    }
    before = std::move(histogram);
    histogram = std::move(statistics);
  }
}

class StorageSource : public SampleSource {
 public:
  StorageSource(QueryContext& context, const Selector& selector, int64_t min_ms, int64_t max_ms)
      : querier_(context.QuerierFor(min_ms, max_ms)), selector_(selector) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(set_, querier_.Select(selector_.matchers));
    Heads heads;
    heads.reserve(set_->size());
    for (size_t i = 0; i < set_->size(); ++i) heads.push_back({set_->labels(i), false});
    return heads;
  }
  const LabelSet& labels(size_t index) const override { return set_->labels(index); }
  bool distinct() const override { return true; }
  bool fetches() const override { return false; }
  Status Fetch(size_t, SampleColumns&) override { return {}; }
  Status Read(size_t index, SampleColumns& samples) const override {
    RETURN_IF_ERROR(set_->Read(index, samples));
    if (selector_.statistics_only) KeepStatistics(samples);
    return {};
  }

 private:
  const storage::Querier& querier_;
  const Selector& selector_;
  std::unique_ptr<storage::SeriesSet> set_;
};

class SubquerySource : public SampleSource {
 public:
  SubquerySource(OperatorPtr input, const Steps& steps) : input_(std::move(input)), steps_(steps) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(Heads heads, input_->Open());
    for (const SeriesHead& head : heads) labels_.push_back(head.labels);
    return heads;
  }
  const LabelSet& labels(size_t index) const override { return labels_[index]; }
  bool distinct() const override { return input_->distinct(); }
  bool fetches() const override { return true; }

  Status Fetch(size_t, SampleColumns& samples) override {
    RETURN_IF_ERROR(input_->Next(column_));
    samples.Clear();
    for (size_t step = 0; step < column_.steps(); ++step) {
      if (column_.present[step] == Column::kAbsent) continue;
      samples.timestamps_ms.push_back(steps_.time_ms(step));
      if (column_.present[step] == Column::kFloat) {
        samples.values.push_back(column_.values[step]);
        if (samples.has_histograms()) samples.histograms.emplace_back();
        continue;
      }
      HistogramPtr histogram = WithoutResetHint(column_.histograms[step]);
      samples.histograms.resize(samples.values.size());
      samples.values.push_back(histogram->sum);
      samples.histograms.push_back(std::move(histogram));
    }
    return {};
  }
  Status Read(size_t, SampleColumns&) const override { return {}; }

 private:
  // Samples of a subquery need not follow each other as those that the hints were made for.
  static HistogramPtr WithoutResetHint(const HistogramPtr& histogram) {
    if (histogram->hint != CounterResetHint::kReset &&
        histogram->hint != CounterResetHint::kNotReset)
      return histogram;
    auto copy = std::make_shared<Histogram>(*histogram);
    copy->hint = CounterResetHint::kUnknown;
    return copy;
  }

  OperatorPtr input_;
  std::vector<LabelSet> labels_;
  const Steps steps_;
  Column column_;
};

}  // namespace

std::unique_ptr<SampleSource> NewStorageSource(QueryContext& context, const Selector& selector,
                                               int64_t min_ms, int64_t max_ms) {
  return std::make_unique<StorageSource>(context, selector, min_ms, max_ms);
}

Steps SubqueryStepsOf(const Subquery& subquery, const Steps& outer, int64_t default_step_ms) {
  const RangeShape shape = ShapeOf(subquery);
  const int64_t interval_ms = subquery.step.ms > 0 ? subquery.step.ms : default_step_ms;
  const int64_t after_ms = shape.end_ms(outer.start_ms) - shape.range_ms;
  const int64_t end_ms = shape.end_ms(outer.end_ms());
  int64_t start_ms = after_ms / interval_ms * interval_ms;
  if (start_ms <= after_ms) start_ms += interval_ms;
  const bool any = start_ms <= end_ms;
  return {start_ms, interval_ms,
          any ? static_cast<size_t>((end_ms - start_ms) / interval_ms) + 1 : 0};
}

std::unique_ptr<SampleSource> NewSubquerySource(OperatorPtr input, const Steps& steps) {
  return std::make_unique<SubquerySource>(std::move(input), steps);
}

RangeShape ShapeOf(const Selector& selector) {
  RangeShape shape;
  shape.range_ms = selector.range ? selector.range->ms : 0;
  shape.offset_ms = selector.offset.ms;
  if (selector.at.kind != AtKind::kNone) shape.at_ms = selector.at.time_ms;
  shape.anchored = selector.anchored;
  shape.smoothed = selector.smoothed;
  return shape;
}

RangeShape ShapeOf(const Subquery& subquery) {
  RangeShape shape;
  shape.range_ms = subquery.range.ms;
  shape.offset_ms = subquery.offset.ms;
  if (subquery.at.kind != AtKind::kNone) shape.at_ms = subquery.at.time_ms;
  return shape;
}

}  // namespace narthex::promql
