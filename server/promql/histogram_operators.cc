#include "server/promql/histogram_operators.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/bytes/numbers.h"
#include "server/promql/histogram_quantile.h"

namespace narthex::promql {
namespace {

constexpr std::string_view kBucketLabel = "le";

// A float as label values of OpenMetrics show it: with a fraction, 1.0.
std::string OpenMetricsFloat(double value) {
  std::string text = ExpositionDouble(value);
  if (std::isfinite(value) && text.find_first_of("e.") == std::string::npos) text += ".0";
  return text;
}

class HistogramFunction : public Operator {
 public:
  HistogramFunction(QueryContext& context, const Steps& steps, HistogramFunctionCall call,
                    OperatorPtr input, std::vector<OperatorPtr> scalars)
      : context_(context),
        steps_(steps),
        call_(std::move(call)),
        input_(std::move(input)),
        scalar_operators_(std::move(scalars)) {}
  ~HistogramFunction() override { context_.control().ReleaseBytes(held_bytes_); }

  Result<Heads> Open() override {
    for (const OperatorPtr& scalar : scalar_operators_) {
      RETURN_IF_ERROR(scalar->Open().status());
      RETURN_IF_ERROR(scalar->Next(scalars_.emplace_back()));
    }
    if (call_.kind != HistogramFunctionCall::Kind::kFraction) CheckQuantiles();
    ASSIGN_OR_RETURN(const Heads heads, input_->Open());
    RETURN_IF_ERROR(HoldInput(heads));
    for (Group& group : groups_) SortBuckets(group);
    MeetClassicAndNative();
    return Announce();
  }

  Status Next(Column& out) override {
    RETURN_IF_ERROR(context_.control().Check());
    const Output& output = outputs_[next_++];
    out.Reset(steps_.count);
    output.native ? EvaluateNative(output, out) : EvaluateClassic(output, out);
    return {};
  }

 private:
  // One bucket of a classic histogram: a series that may be at any step.
  struct BucketSeries {
    double upper_bound;
    Column column;
  };
  // A classic histogram: the series that share all labels but le.
  struct Group {
    LabelSet labels;  // without le
    bool drop_name = false;
    std::string name;
    std::vector<BucketSeries> buckets;
    std::vector<uint8_t> native_too;  // by step, where a native histogram has the same labels
  };
  struct Native {
    SeriesHead head;
    std::string name;
    Column column;
    std::vector<uint8_t> classic_too;  // by step
  };
  struct Output {
    bool native;
    size_t index;     // of natives_ or groups_
    size_t quantile;  // of scalars_
    double at = 0;    // of kQuantiles: the output is for steps whose quantile is this
  };

  void CheckQuantiles() {
    for (size_t i = 0; i < scalars_.size(); ++i) {
      for (const double quantile : scalars_[i].values) {
        if (!(quantile >= 0 && quantile <= 1))
          context_.annotations().InvalidQuantile(quantile, call_.scalar_places[i]);
      }
    }
  }

  Status HoldInput(const Heads& heads) {
    Column column;
    for (const SeriesHead& head : heads) {
      RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(input_->Next(column));
      held_bytes_ += column.bytes();
      RETURN_IF_ERROR(context_.control().HoldBytes(column.bytes()));
      const bool any_float = std::find(column.present.begin(), column.present.end(),
                                       Column::kFloat) != column.present.end();
      const bool any_histogram = column.has_histograms();
      if (any_histogram)
        natives_.push_back({head, std::string(head.labels.Get(kMetricName)), column, {}});
      if (any_float) TakeBucket(head, std::move(column));
      column = Column();
    }
    return {};
  }

  void TakeBucket(const SeriesHead& head, Column column) {
    const std::string_view le = head.labels.Get(kBucketLabel);
    const auto bound = ParseDouble(le);
    if (!bound) {
      context_.annotations().Warn(
          fmt::format("bucket label \"le\" is missing or has a malformed value of {}{}", Quote(le),
                      ForMetric(NameFor(head.labels))),
          call_.vector_place);
      return;
    }
    LabelSet labels = LabelSetBuilder(head.labels).Remove(kBucketLabel).Build();
    const auto [at, added] = group_of_.try_emplace(labels, groups_.size());
    if (added)
      groups_.push_back({labels, head.drop_name, std::string(labels.Get(kMetricName)), {}, {}});
    groups_[at->second].buckets.push_back({*bound, std::move(column)});
  }

  static void SortBuckets(Group& group) {
    std::stable_sort(
        group.buckets.begin(), group.buckets.end(),
        [](const BucketSeries& a, const BucketSeries& b) { return a.upper_bound < b.upper_bound; });
  }

  // Names are in annotations only as long as series have them.
  std::string_view NameFor(const LabelSet& labels) const {
    return context_.features.delayed_name_removal ? labels.Get(kMetricName) : std::string_view();
  }

  // Where a classic and a native histogram have the same labels at a step, neither counts.
  void MeetClassicAndNative() {
    for (Native& native : natives_) {
      const auto found = group_of_.find(native.head.labels);
      if (found == group_of_.end()) continue;
      Group& group = groups_[found->second];
      native.classic_too.resize(steps_.count);
      group.native_too.resize(steps_.count);
      for (size_t step = 0; step < steps_.count; ++step) {
        const bool classic = std::any_of(group.buckets.begin(), group.buckets.end(),
                                         [&](const BucketSeries& bucket) {
                                           return bucket.column.present[step] == Column::kFloat;
                                         });
        if (!classic || native.column.present[step] != Column::kHistogram) continue;
        native.classic_too[step] = group.native_too[step] = 1;
        context_.annotations().Warn("vector contains a mix of classic and native histograms" +
                                        ForMetric(NameFor(native.head.labels)),
                                    call_.vector_place);
      }
    }
  }

  void AnnounceOne(SeriesHead head, bool native, size_t index, Heads& heads) {
    context_.DropName(head);
    if (call_.kind != HistogramFunctionCall::Kind::kQuantiles) {
      heads.push_back(std::move(head));
      outputs_.push_back({native, index, 0});
      return;
    }
    for (size_t i = 0; i < scalars_.size(); ++i) {
      for (const double quantile : DistinctValues(scalars_[i].values)) {
        LabelSetBuilder labels(head.labels);
        labels.Set(call_.quantile_label, OpenMetricsFloat(quantile));
        heads.push_back({labels.Build(), head.drop_name});
        outputs_.push_back({native, index, i, quantile});
      }
    }
  }

  // All NaN are one. Nearly always there is but one value.
  static std::vector<double> DistinctValues(const std::vector<double>& values) {
    std::vector<double> distinct;
    for (const double value : values) {
      const bool known = std::any_of(distinct.begin(), distinct.end(),
                                     [value](double other) { return SameQuantile(value, other); });
      if (!known) distinct.push_back(value);
    }
    return distinct;
  }
  static bool SameQuantile(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
  }

  Heads Announce() {
    Heads heads;
    for (size_t i = 0; i < natives_.size(); ++i) AnnounceOne(natives_[i].head, true, i, heads);
    for (size_t i = 0; i < groups_.size(); ++i)
      AnnounceOne({groups_[i].labels, groups_[i].drop_name}, false, i, heads);
    return heads;
  }

  bool AtStep(const Output& output, size_t step) const {
    return call_.kind != HistogramFunctionCall::Kind::kQuantiles ||
           SameQuantile(scalars_[output.quantile].values[step], output.at);
  }

  void EvaluateNative(const Output& output, Column& out) {
    const Native& native = natives_[output.index];
    for (size_t step = 0; step < steps_.count; ++step) {
      if (native.column.present[step] != Column::kHistogram || !AtStep(output, step)) continue;
      if (!native.classic_too.empty() && native.classic_too[step] != 0) continue;
      out.Set(step, NativeResult(output, *native.column.histograms[step], native.name, step));
    }
  }

  double NativeResult(const Output& output, const Histogram& histogram, const std::string& name,
                      size_t step) {
    Annotations& annotations = context_.annotations();
    const std::string for_metric =
        ForMetric(context_.features.delayed_name_removal ? std::string_view(name) : "");
    if (call_.kind == HistogramFunctionCall::Kind::kFraction) {
      const FractionResult result =
          HistogramFraction(scalars_[0].values[step], scalars_[1].values[step], histogram);
      if (result.has_nan)
        annotations.Info(
            "input to histogram_fraction has NaN observations, which are excluded from all "
            "fractions" +
                for_metric,
            call_.vector_place);
      return result.value;
    }
    const QuantileResult result =
        HistogramQuantile(scalars_[output.quantile].values[step], histogram);
    if (result.nan_result)
      annotations.Info(
          "input to histogram_quantile has NaN observations, result is NaN" + for_metric,
          call_.vector_place);
    if (result.nan_skew)
      annotations.Info(
          "input to histogram_quantile has NaN observations, result is skewed higher" + for_metric,
          call_.vector_place);
    return result.value;
  }

  void EvaluateClassic(const Output& output, Column& out) {
    const Group& group = groups_[output.index];
    std::vector<ClassicBucket> buckets;
    for (size_t step = 0; step < steps_.count; ++step) {
      if (!group.native_too.empty() && group.native_too[step] != 0) continue;
      if (!AtStep(output, step)) continue;
      buckets.clear();
      for (const BucketSeries& bucket : group.buckets) {
        if (bucket.column.present[step] == Column::kFloat)
          buckets.push_back({bucket.upper_bound, bucket.column.values[step]});
      }
      if (buckets.empty()) continue;
      if (call_.kind == HistogramFunctionCall::Kind::kFraction) {
        out.Set(step, ClassicFraction(scalars_[0].values[step], scalars_[1].values[step], buckets));
        continue;
      }
      Monotonicity monotonicity;
      out.Set(step, ClassicQuantile(scalars_[output.quantile].values[step], buckets, monotonicity));
      if (monotonicity.forced)
        context_.annotations().ForcedMonotonicity(NameFor(group.labels), call_.vector_place,
                                                  steps_.time_ms(step), monotonicity);
    }
  }

  QueryContext& context_;
  const Steps steps_;
  const HistogramFunctionCall call_;
  OperatorPtr input_;
  std::vector<OperatorPtr> scalar_operators_;
  std::vector<Column> scalars_;
  absl::flat_hash_map<LabelSet, size_t> group_of_;
  std::vector<Group> groups_;
  std::vector<Native> natives_;
  std::vector<Output> outputs_;
  uint64_t held_bytes_ = 0;
  size_t next_ = 0;
};

}  // namespace

OperatorPtr NewHistogramFunction(QueryContext& context, const Steps& steps,
                                 HistogramFunctionCall call, OperatorPtr input,
                                 std::vector<OperatorPtr> scalars) {
  return context.AfterDropping(std::make_unique<HistogramFunction>(
      context, steps, std::move(call), std::move(input), std::move(scalars)));
}

}  // namespace narthex::promql
