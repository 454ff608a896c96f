#include "server/promql/map_operators.h"

#include <cmath>

#include "server/promql/histogram_math.h"
#include "server/promql/scalar_functions.h"

namespace narthex::promql {
namespace {

Result<std::vector<Column>> OpenScalars(const std::vector<OperatorPtr>& operators) {
  std::vector<Column> columns(operators.size());
  for (size_t i = 0; i < operators.size(); ++i) {
    RETURN_IF_ERROR(operators[i]->Open().status());
    RETURN_IF_ERROR(operators[i]->Next(columns[i]));
  }
  return columns;
}

class ColumnMap : public Operator {
 public:
  ColumnMap(QueryContext& context, OperatorPtr input, std::vector<OperatorPtr> scalars,
            bool drop_names, ColumnChange change)
      : context_(context),
        input_(std::move(input)),
        scalar_operators_(std::move(scalars)),
        drop_names_(drop_names),
        change_(std::move(change)) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(scalars_, OpenScalars(scalar_operators_));
    ASSIGN_OR_RETURN(Heads heads, input_->Open());
    if (!drop_names_) return heads;
    for (SeriesHead& head : heads) context_.DropName(head);
    return heads;
  }

  void Expect(const std::vector<uint8_t>& wanted) override { input_->Expect(wanted); }

  Status Next(Column& out) override {
    RETURN_IF_ERROR(input_->Next(out));
    change_(out, scalars_);
    return {};
  }

 private:
  QueryContext& context_;
  OperatorPtr input_;
  std::vector<OperatorPtr> scalar_operators_;
  std::vector<Column> scalars_;
  const bool drop_names_;
  const ColumnChange change_;
};

// Leaves out histograms.
void KeepFloats(Column& column) {
  if (!column.has_histograms()) return;
  for (uint8_t& present : column.present) {
    if (present == Column::kHistogram) present = Column::kAbsent;
  }
  column.histograms.clear();
}

// `function(value, step)` of each float.
template <typename Function>
void ChangeFloats(Column& column, Function function) {
  KeepFloats(column);
  for (size_t step = 0; step < column.steps(); ++step)
    column.values[step] = function(column.values[step], step);
}

void Clamp(Column& column, const std::function<double(size_t)>& least,
           const std::function<double(size_t)>& most) {
  ChangeFloats(column, [&](double value, size_t step) {
    if (most(step) < least(step)) column.present[step] = Column::kAbsent;
    return Greatest(least(step), Least(most(step), value));
  });
}

ColumnChange ClampChange(FunctionKind kind) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return [kind](Column& column, std::span<const Column> scalars) {
    const auto first = [&](size_t step) { return scalars[0].values[step]; };
    const auto second = [&](size_t step) { return scalars[1].values[step]; };
    const auto lowest = [](size_t) { return -kInfinity; };
    const auto highest = [](size_t) { return kInfinity; };
    if (kind == FunctionKind::kClamp) return Clamp(column, first, second);
    if (kind == FunctionKind::kClampMin) return Clamp(column, first, highest);
    Clamp(column, lowest, first);
  };
}

ColumnChange RoundChange() {
  return [](Column& column, std::span<const Column> scalars) {
    ChangeFloats(column, [&](double value, size_t step) {
      const double inverse = 1.0 / (scalars.empty() ? 1.0 : scalars[0].values[step]);
      return std::floor(value * inverse + 0.5) / inverse;
    });
  };
}

ColumnChange HistogramChange(double (*map)(const storage::Histogram&)) {
  return [map](Column& column, std::span<const Column>) {
    for (size_t step = 0; step < column.steps(); ++step) {
      if (column.present[step] == Column::kHistogram) {
        column.Set(step, map(*column.histograms[step]));
      } else {
        column.present[step] = Column::kAbsent;
      }
    }
    column.histograms.clear();
  };
}

class TimeFunction : public Operator {
 public:
  TimeFunction(const Steps& steps, double (*map)(double)) : steps_(steps), map_(map) {}

  Result<Heads> Open() override { return Heads(1); }
  Status Next(Column& out) override {
    out.Reset(steps_.count);
    for (size_t step = 0; step < steps_.count; ++step)
      out.Set(step, map_(static_cast<double>(steps_.time_ms(step)) / 1000));
    return {};
  }

 private:
  const Steps steps_;
  double (*const map_)(double);
};

class ScalarOf : public Operator {
 public:
  ScalarOf(QueryContext& context, const Steps& steps, OperatorPtr input)
      : context_(context), steps_(steps), input_(std::move(input)) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(const Heads heads, input_->Open());
    series_ = heads.size();
    return Heads(1);
  }

  Status Next(Column& out) override {
    out.Reset(steps_.count);
    std::vector<size_t> elements(steps_.count);
    Column column;
    for (size_t i = 0; i < series_; ++i) {
      RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(input_->Next(column));
      for (size_t step = 0; step < steps_.count; ++step) {
        if (column.present[step] != Column::kFloat) continue;
        ++elements[step];
        out.Set(step, column.values[step]);
      }
    }
    for (size_t step = 0; step < steps_.count; ++step) {
      if (elements[step] != 1) out.Set(step, std::nan(""));
    }
    return {};
  }

 private:
  QueryContext& context_;
  const Steps steps_;
  OperatorPtr input_;
  size_t series_ = 0;
};

class ScalarFunction : public Operator {
 public:
  ScalarFunction(OperatorPtr left, OperatorPtr right,
                 std::function<double(double, double)> function)
      : left_(std::move(left)), right_(std::move(right)), function_(std::move(function)) {}

  Result<Heads> Open() override {
    RETURN_IF_ERROR(left_->Open().status());
    return right_->Open();
  }
  Status Next(Column& out) override {
    Column right;
    RETURN_IF_ERROR(left_->Next(out));
    RETURN_IF_ERROR(right_->Next(right));
    for (size_t step = 0; step < out.steps(); ++step)
      out.values[step] = function_(out.values[step], right.values[step]);
    return {};
  }

 private:
  OperatorPtr left_;
  OperatorPtr right_;
  const std::function<double(double, double)> function_;
};

class LabelChange : public Operator {
 public:
  LabelChange(OperatorPtr input, std::function<Status(SeriesHead&)> change)
      : input_(std::move(input)), change_(std::move(change)) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(Heads heads, input_->Open());
    for (SeriesHead& head : heads) RETURN_IF_ERROR(change_(head));
    return heads;
  }
  Status Next(Column& out) override { return input_->Next(out); }

 private:
  OperatorPtr input_;
  const std::function<Status(SeriesHead&)> change_;
};

class Absent : public Operator {
 public:
  Absent(QueryContext& context, const Steps& steps, OperatorPtr input, SeriesHead head)
      : context_(context), steps_(steps), input_(std::move(input)), head_(std::move(head)) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(const Heads heads, input_->Open());
    series_ = heads.size();
    return Heads{head_};
  }

  Status Next(Column& out) override {
    out.values.assign(steps_.count, 1);
    out.present.assign(steps_.count, Column::kFloat);
    out.histograms.clear();
    Column column;
    for (size_t i = 0; i < series_; ++i) {
      RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(input_->Next(column));
      for (size_t step = 0; step < steps_.count; ++step) {
        if (column.present[step] != Column::kAbsent) out.present[step] = Column::kAbsent;
      }
    }
    return {};
  }

 private:
  QueryContext& context_;
  const Steps steps_;
  OperatorPtr input_;
  const SeriesHead head_;
  size_t series_ = 0;
};

}  // namespace

OperatorPtr NewColumnMap(QueryContext& context, OperatorPtr input, std::vector<OperatorPtr> scalars,
                         bool drop_names, ColumnChange change) {
  auto map = std::make_unique<ColumnMap>(context, std::move(input), std::move(scalars), drop_names,
                                         std::move(change));
  if (!drop_names) return map;
  return context.AfterDropping(std::move(map));
}

OperatorPtr NewMap(QueryContext& context, const FunctionRow& function, OperatorPtr input,
                   std::vector<OperatorPtr> scalars) {
  ColumnChange change;
  switch (function.kind) {
    case FunctionKind::kClamp:
    case FunctionKind::kClampMin:
    case FunctionKind::kClampMax:
      change = ClampChange(function.kind);
      break;
    case FunctionKind::kRound:
      change = RoundChange();
      break;
    case FunctionKind::kHistogramMap:
      change = HistogramChange(function.histogram_map);
      break;
    default:
      change = [map = function.map](Column& column, std::span<const Column>) {
        ChangeFloats(column, [map](double value, size_t) { return map(value); });
      };
  }
  return NewColumnMap(context, std::move(input), std::move(scalars), true, std::move(change));
}

OperatorPtr NewTimeFunction(const Steps& steps, double (*map)(double)) {
  return std::make_unique<TimeFunction>(steps, map);
}

OperatorPtr NewNegation(QueryContext& context, OperatorPtr input) {
  return NewColumnMap(context, std::move(input), {}, true, [](Column& column, auto) {
    for (double& value : column.values) value = -value;
    for (HistogramPtr& histogram : column.histograms) {
      if (!histogram) continue;
      auto negated = std::make_shared<Histogram>(*histogram);
      Multiply(*negated, -1);
      histogram = std::move(negated);
    }
  });
}

OperatorPtr NewScalarOf(QueryContext& context, const Steps& steps, OperatorPtr input) {
  return std::make_unique<ScalarOf>(context, steps, std::move(input));
}

OperatorPtr NewScalarFunction(OperatorPtr left, OperatorPtr right,
                              std::function<double(double, double)> function) {
  return std::make_unique<ScalarFunction>(std::move(left), std::move(right), std::move(function));
}

OperatorPtr NewLabelChange(OperatorPtr input, std::function<Status(SeriesHead&)> change) {
  return DistinctSeries(std::make_unique<LabelChange>(std::move(input), std::move(change)));
}

OperatorPtr NewAbsent(QueryContext& context, const Steps& steps, OperatorPtr input,
                      SeriesHead head) {
  return std::make_unique<Absent>(context, steps, std::move(input), std::move(head));
}

}  // namespace narthex::promql
