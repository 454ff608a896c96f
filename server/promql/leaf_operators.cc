#include "server/promql/leaf_operators.h"

#include <algorithm>

namespace narthex::promql {
namespace {

using storage::SampleColumns;

// Reads series in batches, the series of a batch on all cores, and gives them in their order.
class LeafOperator : public Operator {
 public:
  LeafOperator(QueryContext& context, const Selector& selector)
      : context_(context), selector_(selector) {}

  Result<std::vector<LabelSet>> Open() override {
    RETURN_IF_ERROR(Prepare());
    ASSIGN_OR_RETURN(set_, context_.querier.Select(selector_.matchers));
    std::vector<LabelSet> series;
    series.reserve(set_->size());
    for (size_t i = 0; i < set_->size(); ++i) series.push_back(Announce(set_->labels(i)));
    return series;
  }

  Status Next(Column& out) override {
    if (at_ == batch_.size()) RETURN_IF_ERROR(ReadBatch());
    std::swap(out, batch_[at_++].column);
    return {};
  }

 protected:
  virtual Status Prepare() { return {}; }
  virtual LabelSet Announce(const LabelSet& labels) const { return labels; }
  // Fills a column that is reset to the query's steps. Runs on several threads at once.
  virtual void Evaluate(const SampleColumns& samples, Column& column) const = 0;

  QueryContext& context_;
  const Selector& selector_;

 private:
  struct Entry {
    Column column;
    SampleColumns samples;
    Status status;
  };

  // Enough to keep the cores busy, few enough to hold.
  size_t BatchSize() const { return 8 * context_.workers.parallelism(); }

  Status ReadBatch() {
    RETURN_IF_ERROR(context_.control.CheckDeadline(context_.clock.MonotonicNs()));
    batch_.resize(std::min(BatchSize(), set_->size() - begin_));
    context_.workers.ForEach(batch_.size(), [this](size_t i) {
      Entry& entry = batch_[i];
      entry.status = set_->Read(begin_ + i, entry.samples);
      if (entry.status.ok()) entry.status = context_.control.AddSamples(entry.samples.size());
      if (!entry.status.ok()) return;
      entry.column.Reset(context_.steps.count);
      Evaluate(entry.samples, entry.column);
    });
    for (const Entry& entry : batch_) RETURN_IF_ERROR(entry.status);
    begin_ += batch_.size();
    at_ = 0;
    return {};
  }

  std::unique_ptr<storage::SeriesSet> set_;
  std::vector<Entry> batch_;
  size_t begin_ = 0;  // of the next batch
  size_t at_ = 0;     // within the present one
};

class InstantSelector : public LeafOperator {
 public:
  using LeafOperator::LeafOperator;

 protected:
  void Evaluate(const SampleColumns& samples, Column& column) const override {
    size_t after = 0;  // the first sample beyond the step
    for (size_t step = 0; step < column.steps(); ++step) {
      const int64_t time_ms = context_.steps.time_ms(step) - selector_.offset_ms;
      while (after < samples.size() && samples.timestamps_ms[after] <= time_ms) ++after;
      if (after == 0) continue;
      const size_t newest = after - 1;
      const bool fresh = samples.timestamps_ms[newest] > time_ms - context_.lookback_ms;
      if (fresh && !storage::IsStaleNaN(samples.values[newest]))
        column.Set(step, samples.values[newest]);
    }
  }
};

class RangeFunction : public LeafOperator {
 public:
  RangeFunction(QueryContext& context, const Selector& selector, const FunctionRow& function,
                std::vector<OperatorPtr> scalars)
      : LeafOperator(context, selector),
        function_(function),
        scalar_operators_(std::move(scalars)) {}

 protected:
  Status Prepare() override {
    for (const OperatorPtr& scalar : scalar_operators_) {
      RETURN_IF_ERROR(scalar->Open().status());
      RETURN_IF_ERROR(scalar->Next(scalars_.emplace_back()));
    }
    return {};
  }

  LabelSet Announce(const LabelSet& labels) const override {
    return function_.keeps_name ? labels : LabelSetBuilder(labels).Remove(kMetricName).Build();
  }

  void Evaluate(const SampleColumns& raw, Column& column) const override {
    SampleColumns without_stale;
    const SampleColumns& samples = WithoutStale(raw, without_stale);
    std::vector<double> scalars(scalars_.size());
    size_t first = 0;
    size_t after = 0;
    for (size_t step = 0; step < column.steps(); ++step) {
      const int64_t end_ms = context_.steps.time_ms(step) - selector_.offset_ms;
      const int64_t start_ms = end_ms - *selector_.range_ms;
      while (after < samples.size() && samples.timestamps_ms[after] <= end_ms) ++after;
      while (first < after && samples.timestamps_ms[first] <= start_ms) ++first;
      if (first == after) continue;
      for (size_t i = 0; i < scalars.size(); ++i) scalars[i] = scalars_[i].values[step];
      const RangeWindow window{{samples.timestamps_ms.data() + first, after - first},
                               {samples.values.data() + first, after - first},
                               start_ms,
                               end_ms};
      if (const auto value = function_.kernel(window, scalars)) column.Set(step, *value);
    }
  }

 private:
  static const SampleColumns& WithoutStale(const SampleColumns& raw, SampleColumns& copy) {
    if (std::none_of(raw.values.begin(), raw.values.end(), storage::IsStaleNaN)) return raw;
    for (size_t i = 0; i < raw.size(); ++i) {
      if (storage::IsStaleNaN(raw.values[i])) continue;
      copy.timestamps_ms.push_back(raw.timestamps_ms[i]);
      copy.values.push_back(raw.values[i]);
    }
    return copy;
  }

  const FunctionRow& function_;
  std::vector<OperatorPtr> scalar_operators_;
  std::vector<Column> scalars_;
};

}  // namespace

OperatorPtr NewInstantSelector(QueryContext& context, const Selector& selector) {
  return std::make_unique<InstantSelector>(context, selector);
}

OperatorPtr NewRangeFunction(QueryContext& context, const Selector& selector,
                             const FunctionRow& function, std::vector<OperatorPtr> scalars) {
  return DistinctSeries(
      std::make_unique<RangeFunction>(context, selector, function, std::move(scalars)));
}

}  // namespace narthex::promql
