// The quantile aggregation.
#include <cmath>

#include "server/promql/aggregate_operators.h"
#include "server/promql/range_kernels.h"

namespace narthex::promql {
namespace {

class QuantileOperator : public Operator {
 public:
  QuantileOperator(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                   OperatorPtr input, OperatorPtr parameter)
      : context_(context),
        steps_(steps),
        aggregate_(aggregate),
        input_(std::move(input)),
        parameter_(std::move(parameter)) {}
  ~QuantileOperator() override { context_.control().ReleaseBytes(held_bytes_); }

  Result<Heads> Open() override {
    RETURN_IF_ERROR(parameter_->Open().status());
    RETURN_IF_ERROR(parameter_->Next(quantiles_));
    CheckQuantiles();
    ASSIGN_OR_RETURN(const Heads series, input_->Open());
    Grouping grouping(series, aggregate_);
    members_.resize(grouping.groups.size());
    columns_.resize(series.size());
    for (size_t i = 0; i < series.size(); ++i) {
      RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(input_->Next(columns_[i]));
      held_bytes_ += columns_[i].bytes();
      RETURN_IF_ERROR(context_.control().HoldBytes(columns_[i].bytes()));
      if (columns_[i].has_histograms())
        context_.annotations().IgnoredInAggregation("quantile", aggregate_.argument->place.begin);
      members_[grouping.group_of[i]].push_back(i);
    }
    return std::move(grouping.groups);
  }

  Status Next(Column& out) override {
    const std::vector<size_t>& members = members_[next_++];
    out.Reset(steps_.count);
    std::vector<double> values;
    for (size_t step = 0; step < steps_.count; ++step) {
      values.clear();
      for (const size_t member : members) {
        if (columns_[member].present[step] == Column::kFloat)
          values.push_back(columns_[member].values[step]);
      }
      if (!values.empty()) out.Set(step, Quantile(quantiles_.values[step], values));
    }
    return {};
  }

 private:
  void CheckQuantiles() {
    const size_t place = aggregate_.parameter->place.begin;
    double least = std::nan("");
    double most = std::nan("");
    bool has_nan = false;
    for (const double quantile : quantiles_.values) {
      has_nan = has_nan || std::isnan(quantile);
      least = std::fmin(least, quantile);
      most = std::fmax(most, quantile);
    }
    if (has_nan) context_.annotations().InvalidQuantile(std::nan(""), place);
    if (most > 1) context_.annotations().InvalidQuantile(most, place);
    if (least < 0) context_.annotations().InvalidQuantile(least, place);
  }

  QueryContext& context_;
  const Steps steps_;
  const Aggregate& aggregate_;
  OperatorPtr input_;
  OperatorPtr parameter_;
  Column quantiles_;
  std::vector<Column> columns_;
  std::vector<std::vector<size_t>> members_;  // by group
  uint64_t held_bytes_ = 0;
  size_t next_ = 0;
};

}  // namespace

OperatorPtr NewQuantile(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                        OperatorPtr input, OperatorPtr parameter) {
  return std::make_unique<QuantileOperator>(context, steps, aggregate, std::move(input),
                                            std::move(parameter));
}

}  // namespace narthex::promql
