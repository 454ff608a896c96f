#include "server/promql/operator.h"

#include <absl/container/flat_hash_map.h>

namespace narthex::promql {
namespace {

constexpr std::string_view kMetricType = "__type__";
constexpr std::string_view kMetricUnit = "__unit__";

class DistinctOperator : public Operator {
 public:
  DistinctOperator(OperatorPtr input, bool remove_names)
      : input_(std::move(input)), remove_names_(remove_names) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(Heads series, input_->Open());
    if (remove_names_) {
      for (SeriesHead& head : series) {
        if (head.drop_name) head = {WithoutName(head.labels), false};
      }
    }
    absl::flat_hash_map<std::string_view, size_t> seen;
    seen.reserve(series.size());
    target_.reserve(series.size());
    for (const SeriesHead& head : series)
      target_.push_back(seen.try_emplace(head.labels.bytes(), seen.size()).first->second);
    streams_ = seen.size() == series.size();
    if (streams_) return series;
    RETURN_IF_ERROR(Merge(seen.size()));
    Heads distinct;
    for (size_t i = 0; i < series.size(); ++i) {
      if (target_[i] == distinct.size()) distinct.push_back(std::move(series[i]));
    }
    return distinct;
  }

  void Expect(const std::vector<uint8_t>& wanted) override {
    if (streams_) input_->Expect(wanted);
  }

  Status Next(Column& out) override {
    if (streams_) return input_->Next(out);
    std::swap(out, merged_[next_++]);
    return {};
  }

  bool distinct() const override { return true; }

 private:
  Status Merge(size_t count) {
    merged_.resize(count);
    Column column;
    for (const size_t target : target_) {
      RETURN_IF_ERROR(input_->Next(column));
      Column& merged = merged_[target];
      if (merged.steps() == 0) {
        std::swap(merged, column);
        continue;
      }
      for (size_t step = 0; step < column.steps(); ++step) {
        if (column.present[step] == Column::kAbsent) continue;
        if (merged.present[step] != Column::kAbsent)
          return InvalidArgument("vector cannot contain metrics with the same labelset");
        merged.Set(step, column.Get(step));
      }
    }
    return {};
  }

  OperatorPtr input_;
  const bool remove_names_;
  std::vector<size_t> target_;  // of each input series: the output series it belongs to
  std::vector<Column> merged_;
  bool streams_ = true;
  size_t next_ = 0;
};

class Empty : public Operator {
 public:
  Result<Heads> Open() override { return Heads(); }
  Status Next(Column&) override { return {}; }
};

class Constant : public Operator {
 public:
  Constant(size_t steps, double value) : steps_(steps), value_(value) {}

  Result<Heads> Open() override { return Heads(1); }
  Status Next(Column& out) override {
    out.values.assign(steps_, value_);
    out.present.assign(steps_, Column::kFloat);
    out.histograms.clear();
    return {};
  }
  bool distinct() const override { return true; }

 private:
  const size_t steps_;
  const double value_;
};

class Repeat : public Operator {
 public:
  Repeat(OperatorPtr input, size_t steps) : input_(std::move(input)), steps_(steps) {}

  Result<Heads> Open() override { return input_->Open(); }
  Status Next(Column& out) override {
    RETURN_IF_ERROR(input_->Next(out));
    out.values.assign(steps_, double{out.values[0]});
    out.present.assign(steps_, uint8_t{out.present[0]});
    if (out.has_histograms()) {
      const storage::HistogramPtr histogram = out.histograms[0];
      out.histograms.assign(steps_, histogram);
    }
    return {};
  }

 private:
  OperatorPtr input_;
  const size_t steps_;
};

}  // namespace

OperatorPtr DistinctSeries(OperatorPtr input) {
  if (input->distinct()) return input;
  return std::make_unique<DistinctOperator>(std::move(input), false);
}

OperatorPtr RemoveDelayedNames(OperatorPtr input) {
  return std::make_unique<DistinctOperator>(std::move(input), true);
}

OperatorPtr NewEmpty() { return std::make_unique<Empty>(); }

OperatorPtr NewConstant(size_t steps, double value) {
  return std::make_unique<Constant>(steps, value);
}

OperatorPtr RepeatStep(OperatorPtr input, size_t steps) {
  return std::make_unique<Repeat>(std::move(input), steps);
}

LabelSet WithoutName(const LabelSet& labels) {
  std::vector<Label> kept;
  for (const Label label : labels) {
    if (label.name != kMetricName && label.name != kMetricType && label.name != kMetricUnit)
      kept.push_back(label);
  }
  return LabelSet::From(kept);
}

}  // namespace narthex::promql
