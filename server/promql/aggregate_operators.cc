#include "server/promql/aggregate_operators.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <span>

#include "server/promql/dense_loops.h"
#include "server/promql/histogram_math.h"
#include "server/promql/kahan.h"

namespace narthex::promql {
namespace {

// Where the annotations of an aggregation go.
struct Notes {
  QueryContext& context;
  size_t place;  // of the argument
  std::string_view name;
};

// The histograms of one group at one step.
struct HistogramFold {
  std::unique_ptr<HistogramSum> sum;    // of sum
  std::unique_ptr<HistogramMean> mean;  // of avg
  bool reset = false;
  bool not_reset = false;
  bool incompatible = false;
};

// How one kind of aggregation takes floats in and gives its result, for all steps of a group. Add()
// takes one element, AddRun() one for each step from `first` on.
class FloatSum {
 public:
  explicit FloatSum(size_t steps) : sums_(steps), compensations_(steps) {}
  void Add(size_t step, double value) {
    KahanSum sum{sums_[step], compensations_[step]};
    sum.Add(value);
    sums_[step] = sum.sum;
    compensations_[step] = sum.compensation;
  }
  void AddRun(size_t first, std::span<const double> values) {
    AddCompensated(values, std::span(sums_).subspan(first, values.size()),
                   std::span(compensations_).subspan(first, values.size()));
  }
  double Result(size_t step) const { return sums_[step] + compensations_[step]; }

 private:
  std::vector<double> sums_;
  std::vector<double> compensations_;
};

// AddRun() of folds that are no faster by many steps at once.
template <typename Fold>
void AddEach(Fold& fold, size_t first, std::span<const double> values) {
  for (size_t i = 0; i < values.size(); ++i) fold.Add(first + i, values[i]);
}

class FloatMean {
 public:
  explicit FloatMean(size_t steps) : means_(steps) {}
  void Add(size_t step, double value) { means_[step].Add(value); }
  void AddRun(size_t first, std::span<const double> values) { AddEach(*this, first, values); }
  double Result(size_t step) const { return means_[step].Result(); }

 private:
  std::vector<KahanMean> means_;
};

class FloatCount {
 public:
  explicit FloatCount(size_t steps) : counts_(steps) {}
  void Add(size_t step, double) { ++counts_[step]; }
  void AddRun(size_t first, std::span<const double> values) {
    for (double& count : std::span(counts_).subspan(first, values.size())) ++count;
  }
  double Result(size_t step) const { return counts_[step]; }

 private:
  std::vector<double> counts_;
};

class FloatOne {
 public:
  explicit FloatOne(size_t) {}
  void Add(size_t, double) {}
  void AddRun(size_t, std::span<const double>) {}
  double Result(size_t) const { return 1; }
};

template <typename Beats>
class FloatBest {
 public:
  explicit FloatBest(size_t steps) : best_(steps, std::nan("")) {}
  void Add(size_t step, double value) {
    if (Beats()(value, best_[step]) || std::isnan(best_[step])) best_[step] = value;
  }
  void AddRun(size_t first, std::span<const double> values) { AddEach(*this, first, values); }
  double Result(size_t step) const { return best_[step]; }

 private:
  std::vector<double> best_;
};

// Welford's running variance. A value that is not finite makes it NaN.
class FloatVariance {
 public:
  explicit FloatVariance(size_t steps) : states_(steps) {}
  void Add(size_t step, double value) {
    State& state = states_[step];
    if (++state.count == 1) {
      state.mean = value;
      state.squares = std::isfinite(value) ? 0 : std::nan("");
      return;
    }
    const double delta = value - state.mean;
    state.mean += delta / state.count;
    state.squares += delta * (value - state.mean);
  }
  void AddRun(size_t first, std::span<const double> values) { AddEach(*this, first, values); }
  double Result(size_t step) const { return states_[step].squares / states_[step].count; }

 private:
  struct State {
    double count = 0;
    double mean = 0;
    double squares = 0;
  };
  std::vector<State> states_;
};

class FloatDeviation : public FloatVariance {
 public:
  using FloatVariance::FloatVariance;
  double Result(size_t step) const { return std::sqrt(FloatVariance::Result(step)); }
};

// What an aggregation does with histograms.
enum class HistogramPolicy : unsigned char { kIgnore, kCountAsElements, kSum, kMean };

constexpr uint8_t kHasFloat = 1;
constexpr uint8_t kHasHistogram = 2;

template <typename Fold, HistogramPolicy kPolicy>
class Aggregation : public Operator {
 public:
  Aggregation(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
              OperatorPtr input)
      : context_(context), steps_(steps), aggregate_(aggregate), input_(std::move(input)) {}
  ~Aggregation() override { context_.control().ReleaseBytes(held_bytes_); }

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(const Heads series, input_->Open());
    Grouping grouping(series, aggregate_);
    group_of_ = std::move(grouping.group_of);
    groups_.resize(grouping.groups.size());
    return std::move(grouping.groups);
  }

  Status Next(Column& out) override {
    if (!drained_) RETURN_IF_ERROR(Drain());
    Group& group = groups_[next_++];
    out.Reset(steps_.count);
    for (size_t step = 0; step < steps_.count; ++step) {
      if (group.seen[step] == kHasFloat) {
        out.Set(step, group.floats->Result(step));
      } else if (group.seen[step] != 0) {
        GiveHistogram(group, step, out);
      }
    }
    group = Group();
    return {};
  }
  bool distinct() const override { return true; }

 private:
  struct Group {
    std::unique_ptr<Fold> floats;
    std::vector<uint8_t> seen;              // kHasFloat, kHasHistogram
    std::vector<HistogramFold> histograms;  // by step; empty where there are none
  };

  size_t place() const { return aggregate_.argument->place.begin; }

  Status Drain() {
    drained_ = true;
    Column column;
    for (size_t i = 0; i < group_of_.size(); ++i) {
      if (i % kSeriesBetweenChecks == 0) RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(input_->Next(column));
      const size_t index = group_of_[i];
      Group& group = groups_[index];
      if (!group.floats) {
        group.floats = std::make_unique<Fold>(steps_.count);
        group.seen.resize(steps_.count);
        const uint64_t bytes = steps_.count * 3 * sizeof(double);
        held_bytes_ += bytes;
        RETURN_IF_ERROR(context_.control().HoldBytes(bytes));
      }
      Take(group, column);
    }
    return {};
  }

  // Floats mostly come in long runs.
  void Take(Group& group, const Column& column) {
    const std::span<const uint8_t> present = column.present;
    for (size_t step = 0; step < steps_.count;) {
      const size_t end = EndOfRun(present, step);
      if (present[step] == Column::kFloat) {
        group.floats->AddRun(step, std::span(column.values).subspan(step, end - step));
        for (size_t i = step; i < end; ++i) group.seen[i] |= kHasFloat;
      } else if (present[step] == Column::kHistogram) {
        for (size_t i = step; i < end; ++i) TakeHistogram(group, i, *column.histograms[i]);
      }
      step = end;
    }
  }

  void TakeHistogram(Group& group, size_t step, const Histogram& histogram) {
    if constexpr (kPolicy == HistogramPolicy::kIgnore) {
      context_.annotations().IgnoredInAggregation(AggregateName(aggregate_.op), place());
    } else if constexpr (kPolicy == HistogramPolicy::kCountAsElements) {
      group.floats->Add(step, 0);
      group.seen[step] |= kHasFloat;
    } else {
      group.seen[step] |= kHasHistogram;
      if (group.histograms.empty()) group.histograms.resize(steps_.count);
      HistogramFold& fold = group.histograms[step];
      fold.reset = fold.reset || histogram.hint == storage::CounterResetHint::kReset;
      fold.not_reset = fold.not_reset || histogram.hint == storage::CounterResetHint::kNotReset;
      if (!fold.incompatible) Add(fold, histogram);
    }
  }

  void Add(HistogramFold& fold, const Histogram& histogram) {
    HistogramMerge merge;
    if constexpr (kPolicy == HistogramPolicy::kMean) {
      if (!fold.mean) {
        fold.mean = std::make_unique<HistogramMean>(histogram);
        return;
      }
      merge = fold.mean->Add(histogram);
    } else {
      if (!fold.sum) {
        fold.sum = std::make_unique<HistogramSum>(histogram);
        return;
      }
      merge = fold.sum->Add(histogram);
    }
    if (!merge.compatible) {
      fold.incompatible = true;
      context_.annotations().MixedBucketLayouts("", place());
    }
    if (merge.reconciled) context_.annotations().BoundsReconciled("aggregation", place());
  }

  void GiveHistogram(Group& group, size_t step, Column& out) {
    if (group.seen[step] == (kHasFloat | kHasHistogram)) {
      context_.annotations().Warn("encountered a mix of histograms and floats for aggregation",
                                  place());
      return;
    }
    HistogramFold& fold = group.histograms[step];
    if (fold.incompatible) return;
    if (fold.reset && fold.not_reset) context_.annotations().HintsClash("aggregation", place());
    Histogram result = fold.mean ? fold.mean->Result() : fold.sum->Result();
    Compact(result);
    out.Set(step, std::make_shared<const Histogram>(std::move(result)));
  }

  QueryContext& context_;
  const Steps steps_;
  const Aggregate& aggregate_;
  OperatorPtr input_;
  std::vector<size_t> group_of_;
  std::vector<Group> groups_;
  uint64_t held_bytes_ = 0;
  bool drained_ = false;
  size_t next_ = 0;
};

template <typename Fold, HistogramPolicy kPolicy>
OperatorPtr Make(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                 OperatorPtr input) {
  return std::make_unique<Aggregation<Fold, kPolicy>>(context, steps, aggregate, std::move(input));
}

}  // namespace

LabelSet GroupLabels(const LabelSet& labels, const Aggregate& aggregate) {
  if (!aggregate.without && aggregate.labels.empty()) return {};
  std::vector<Label> kept;
  for (const Label label : labels) {
    const bool listed = std::find(aggregate.labels.begin(), aggregate.labels.end(), label.name) !=
                        aggregate.labels.end();
    if (aggregate.without ? !listed && label.name != kMetricName : listed) kept.push_back(label);
  }
  return LabelSet::From(kept);
}

namespace {

// What tells groups apart, as bytes.
class GroupKey {
 public:
  explicit GroupKey(const Aggregate& aggregate) : aggregate_(aggregate) {}

  std::string_view Of(const LabelSet& labels) {
    key_.clear();
    if (aggregate_.without) {
      for (const Label label : labels) {
        if (label.name == kMetricName || IsListed(label.name)) continue;
        Append(label.name);
        Append(label.value);
      }
    } else {
      for (const std::string& name : aggregate_.labels) Append(labels.Get(name));
    }
    return key_;
  }

 private:
  bool IsListed(std::string_view name) const {
    return std::find(aggregate_.labels.begin(), aggregate_.labels.end(), name) !=
           aggregate_.labels.end();
  }
  void Append(std::string_view text) {
    const size_t size = text.size();
    key_.append(reinterpret_cast<const char*>(&size), sizeof size);
    key_.append(text);
  }

  const Aggregate& aggregate_;
  std::string key_;
};

}  // namespace

Grouping::Grouping(const Heads& series, const Aggregate& aggregate) {
  std::deque<std::string> keys;  // of the groups
  absl::flat_hash_map<std::string_view, size_t> known;
  GroupKey key(aggregate);
  group_of.reserve(series.size());
  for (const SeriesHead& head : series) {
    const std::string_view of_head = key.Of(head.labels);
    auto at = known.find(of_head);
    if (at == known.end()) {
      at = known.emplace(keys.emplace_back(of_head), groups.size()).first;
      groups.push_back({GroupLabels(head.labels, aggregate), false});
    }
    groups[at->second].drop_name = groups[at->second].drop_name || head.drop_name;
    group_of.push_back(at->second);
  }
}

OperatorPtr NewFold(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                    OperatorPtr input) {
  using Policy = HistogramPolicy;
  switch (aggregate.op) {
    case AggregateOp::kAvg:
      return Make<FloatMean, Policy::kMean>(context, steps, aggregate, std::move(input));
    case AggregateOp::kMin:
      return Make<FloatBest<std::less<>>, Policy::kIgnore>(context, steps, aggregate,
                                                           std::move(input));
    case AggregateOp::kMax:
      return Make<FloatBest<std::greater<>>, Policy::kIgnore>(context, steps, aggregate,
                                                              std::move(input));
    case AggregateOp::kCount:
      return Make<FloatCount, Policy::kCountAsElements>(context, steps, aggregate,
                                                        std::move(input));
    case AggregateOp::kGroup:
      return Make<FloatOne, Policy::kCountAsElements>(context, steps, aggregate, std::move(input));
    case AggregateOp::kStddev:
      return Make<FloatDeviation, Policy::kIgnore>(context, steps, aggregate, std::move(input));
    case AggregateOp::kStdvar:
      return Make<FloatVariance, Policy::kIgnore>(context, steps, aggregate, std::move(input));
    default:
      return Make<FloatSum, Policy::kSum>(context, steps, aggregate, std::move(input));
  }
}

}  // namespace narthex::promql
