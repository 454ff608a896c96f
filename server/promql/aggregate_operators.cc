#include "server/promql/aggregate_operators.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "common/bytes/numbers.h"
#include "server/promql/kahan.h"

namespace narthex::promql {
namespace {

// Assigns each label set to the group of its labels, groups numbered as they are met.
struct Grouping {
  std::vector<size_t> group_of;  // by series
  std::vector<LabelSet> groups;

  Grouping(const std::vector<LabelSet>& series, const Aggregate& aggregate) {
    absl::flat_hash_map<LabelSet, size_t> known;
    group_of.reserve(series.size());
    for (const LabelSet& labels : series) {
      const auto [at, added] = known.try_emplace(GroupLabels(labels, aggregate), groups.size());
      if (added) groups.push_back(at->first);
      group_of.push_back(at->second);
    }
  }
};

// How one kind of aggregation takes values in and gives its result.
struct SumFold {
  KahanSum sum;
  void Add(double value) { sum.Add(value); }
  double Result() const { return sum.Result(); }
};
struct AvgFold {
  KahanMean mean;
  void Add(double value) { mean.Add(value); }
  double Result() const { return mean.Result(); }
};
struct CountFold {
  double count = 0;
  void Add(double) { ++count; }
  double Result() const { return count; }
};
struct MinFold {
  double least = std::nan("");
  void Add(double value) { least = value < least || std::isnan(least) ? value : least; }
  double Result() const { return least; }
};
struct MaxFold {
  double most = std::nan("");
  void Add(double value) { most = value > most || std::isnan(most) ? value : most; }
  double Result() const { return most; }
};

template <typename Fold>
class Aggregation : public Operator {
 public:
  Aggregation(const Aggregate& aggregate, OperatorPtr input)
      : aggregate_(aggregate), input_(std::move(input)) {}

  Result<std::vector<LabelSet>> Open() override {
    ASSIGN_OR_RETURN(const std::vector<LabelSet> series, input_->Open());
    Grouping grouping(series, aggregate_);
    group_of_ = std::move(grouping.group_of);
    folds_.resize(grouping.groups.size());
    return std::move(grouping.groups);
  }

  Status Next(Column& out) override {
    if (!drained_) RETURN_IF_ERROR(Drain());
    Group& group = folds_[next_++];
    out.Reset(group.present.size());
    out.present = std::move(group.present);
    for (size_t step = 0; step < out.steps(); ++step) {
      if (out.present[step] != 0) out.values[step] = group.folds[step].Result();
    }
    group = Group();
    return {};
  }

 private:
  struct Group {
    std::vector<Fold> folds;  // by step
    std::vector<uint8_t> present;
  };

  Status Drain() {
    drained_ = true;
    Column column;
    for (const size_t index : group_of_) {
      RETURN_IF_ERROR(input_->Next(column));
      Group& group = folds_[index];
      group.folds.resize(column.steps());
      group.present.resize(column.steps());
      for (size_t step = 0; step < column.steps(); ++step) {
        if (column.present[step] == 0) continue;
        group.folds[step].Add(column.values[step]);
        group.present[step] = 1;
      }
    }
    return {};
  }

  const Aggregate& aggregate_;
  OperatorPtr input_;
  std::vector<size_t> group_of_;
  std::vector<Group> folds_;
  bool drained_ = false;
  size_t next_ = 0;
};

class TopK : public Operator {
 public:
  TopK(const Aggregate& aggregate, OperatorPtr input, OperatorPtr parameter, size_t steps)
      : aggregate_(aggregate),
        input_(std::move(input)),
        parameter_(std::move(parameter)),
        steps_(steps) {}

  Result<std::vector<LabelSet>> Open() override {
    RETURN_IF_ERROR(parameter_->Open().status());
    RETURN_IF_ERROR(parameter_->Next(k_));
    ASSIGN_OR_RETURN(std::vector<LabelSet> series, input_->Open());
    columns_.resize(series.size());
    for (Column& column : columns_) RETURN_IF_ERROR(input_->Next(column));
    const Grouping grouping(series, aggregate_);
    members_.resize(grouping.groups.size());
    for (size_t i = 0; i < series.size(); ++i) members_[grouping.group_of[i]].push_back(i);
    for (size_t step = 0; step < steps_; ++step) {
      for (std::vector<size_t>& members : members_) RETURN_IF_ERROR(Pick(members, step));
    }
    return Ordered(std::move(series));
  }

  Status Next(Column& out) override {
    std::swap(out, columns_[order_[next_++]]);
    return {};
  }

 private:
  // NaN is the least of all.
  bool Before(size_t a, size_t b, size_t step) const {
    const double x = columns_[a].values[step];
    const double y = columns_[b].values[step];
    return x > y || (std::isnan(y) && !std::isnan(x));
  }

  // Takes the value from all members but the k largest.
  Status Pick(const std::vector<size_t>& members, size_t step) {
    const double wanted = k_.values[step];
    if (std::isnan(wanted)) return InvalidArgument("Parameter value is NaN");
    if (wanted >= 9.2e18 || wanted <= -9.2e18)
      return InvalidArgument("Scalar value ", ApiDouble(wanted), " overflows int64");
    std::vector<size_t> present;
    for (size_t member : members) {
      if (columns_[member].present[step] != 0) present.push_back(member);
    }
    const size_t kept = wanted < 1 ? 0 : std::min(present.size(), static_cast<size_t>(wanted));
    const auto border = present.begin() + static_cast<ptrdiff_t>(kept);
    std::partial_sort(present.begin(), border, present.end(),
                      [&](size_t a, size_t b) { return Before(a, b, step); });
    for (auto dropped = border; dropped != present.end(); ++dropped)
      columns_[*dropped].present[step] = 0;
    return {};
  }

  std::vector<LabelSet> Ordered(std::vector<LabelSet> series) {
    for (const std::vector<size_t>& members : members_)
      order_.insert(order_.end(), members.begin(), members.end());
    if (steps_ == 1) {
      auto begin = order_.begin();
      for (const std::vector<size_t>& members : members_) {
        const auto end = begin + static_cast<ptrdiff_t>(members.size());
        std::stable_sort(begin, end, [&](size_t a, size_t b) { return Before(a, b, 0); });
        begin = end;
      }
    }
    std::vector<LabelSet> ordered;
    ordered.reserve(series.size());
    for (size_t index : order_) ordered.push_back(std::move(series[index]));
    return ordered;
  }

  const Aggregate& aggregate_;
  OperatorPtr input_;
  OperatorPtr parameter_;
  const size_t steps_;
  Column k_;
  std::vector<Column> columns_;
  std::vector<std::vector<size_t>> members_;  // by group
  std::vector<size_t> order_;
  size_t next_ = 0;
};

}  // namespace

LabelSet GroupLabels(const LabelSet& labels, const Aggregate& aggregate) {
  std::vector<Label> kept;
  for (const Label label : labels) {
    const bool listed = std::find(aggregate.labels.begin(), aggregate.labels.end(), label.name) !=
                        aggregate.labels.end();
    if (aggregate.without ? !listed && label.name != kMetricName : listed) kept.push_back(label);
  }
  return LabelSet::From(kept);
}

OperatorPtr NewAggregation(const Aggregate& aggregate, OperatorPtr input) {
  switch (aggregate.op) {
    case AggregateOp::kSum:
      return std::make_unique<Aggregation<SumFold>>(aggregate, std::move(input));
    case AggregateOp::kAvg:
      return std::make_unique<Aggregation<AvgFold>>(aggregate, std::move(input));
    case AggregateOp::kMin:
      return std::make_unique<Aggregation<MinFold>>(aggregate, std::move(input));
    case AggregateOp::kMax:
      return std::make_unique<Aggregation<MaxFold>>(aggregate, std::move(input));
    case AggregateOp::kCount:
      return std::make_unique<Aggregation<CountFold>>(aggregate, std::move(input));
    case AggregateOp::kTopK:
      break;
  }
  assert(false && "topk has an operator of its own");
  return nullptr;
}

OperatorPtr NewTopK(const Aggregate& aggregate, OperatorPtr input, OperatorPtr parameter,
                    size_t steps) {
  return std::make_unique<TopK>(aggregate, std::move(input), std::move(parameter), steps);
}

}  // namespace narthex::promql
