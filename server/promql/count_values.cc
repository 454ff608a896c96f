// count_values: each distinct value of a group becomes a series.
#include <absl/container/flat_hash_map.h>

#include <algorithm>

#include "server/promql/aggregate_operators.h"
#include "server/promql/go_format.h"
#include "server/promql/histogram_buckets.h"

namespace narthex::promql {
namespace {

class CountValues : public Operator {
 public:
  CountValues(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
              OperatorPtr input, std::string label)
      : context_(context),
        steps_(steps),
        aggregate_(aggregate),
        input_(std::move(input)),
        label_(std::move(label)) {}
  ~CountValues() override { context_.control().ReleaseBytes(held_bytes_); }

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(const Heads series, input_->Open());
    Column column;
    for (const SeriesHead& head : series) {
      RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(input_->Next(column));
      for (size_t step = 0; step < steps_.count; ++step) {
        if (column.present[step] != Column::kAbsent)
          RETURN_IF_ERROR(Count(head.labels, column.Get(step), step));
      }
    }
    return heads_;
  }

  Status Next(Column& out) override {
    const std::vector<double>& counts = counts_[next_++];
    out.Reset(steps_.count);
    for (size_t step = 0; step < steps_.count; ++step) {
      if (counts[step] > 0) out.Set(step, counts[step]);
    }
    return {};
  }

 private:
  // The label belongs to the group even where `by` does not list it.
  LabelSet OutputLabels(const LabelSet& labels, const std::string& value) const {
    LabelSet grouped = GroupLabels(labels, aggregate_);
    const bool dropped = aggregate_.without &&
                         std::find(aggregate_.labels.begin(), aggregate_.labels.end(), label_) !=
                             aggregate_.labels.end();
    if (dropped || (aggregate_.without && label_ == kMetricName)) return grouped;
    return LabelSetBuilder(grouped).Set(label_, value).Build();
  }

  Status Count(const LabelSet& labels, const Value& value, size_t step) {
    const std::string text = value.histogram ? HistogramText(*value.histogram) : GoF(value.value);
    const auto [at, added] = series_of_.try_emplace(OutputLabels(labels, text), heads_.size());
    if (added) {
      heads_.push_back({at->first, false});
      counts_.emplace_back(steps_.count);
      const uint64_t bytes = steps_.count * sizeof(double);
      held_bytes_ += bytes;
      RETURN_IF_ERROR(context_.control().HoldBytes(bytes));
    }
    ++counts_[at->second][step];
    return {};
  }

  QueryContext& context_;
  const Steps steps_;
  const Aggregate& aggregate_;
  OperatorPtr input_;
  const std::string label_;
  absl::flat_hash_map<LabelSet, size_t> series_of_;
  Heads heads_;
  std::vector<std::vector<double>> counts_;  // by series and step
  uint64_t held_bytes_ = 0;
  size_t next_ = 0;
};

}  // namespace

OperatorPtr NewCountValues(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                           OperatorPtr input, std::string label) {
  return std::make_unique<CountValues>(context, steps, aggregate, std::move(input),
                                       std::move(label));
}

}  // namespace narthex::promql
