#include "server/promql/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <numbers>

#include "server/promql/aggregate_operators.h"
#include "server/promql/binary_operators.h"
#include "server/promql/functions.h"
#include "server/promql/go_format.h"
#include "server/promql/histogram_operators.h"
#include "server/promql/info_operator.h"
#include "server/promql/label_functions.h"
#include "server/promql/leaf_operators.h"
#include "server/promql/map_operators.h"
#include "server/promql/scalar_functions.h"
#include "server/promql/selector_parser.h"
#include "server/promql/shared_parts.h"
#include "server/promql/sort_operators.h"

namespace narthex::promql {
namespace {

using storage::Matcher;

const std::string& TextOf(const ExprPtr& expr) { return std::get<StringLiteral>(expr->node).value; }

// anchored and smoothed are for some functions only.
Status CheckExtension(const FunctionRow& function, const RangeShape& shape) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), function.name) != names.end();
  };
  if (shape.anchored && !is_one_of({"changes", "delta", "increase", "rate", "resets"}))
    return InvalidArgument(
        "anchored modifier can only be used with: changes, delta, increase, rate, resets - not "
        "with ",
        function.name);
  if (shape.smoothed && !is_one_of({"delta", "increase", "rate"}))
    return InvalidArgument(
        "smoothed modifier can only be used with: delta, increase, rate - not with ",
        function.name);
  return {};
}

// absent() tells by its labels what is not there, as far as equality matchers do.
SeriesHead LabelsOfAbsent(const Expr& argument) {
  const auto* selector = std::get_if<Selector>(&argument.node);
  if (const auto* invariant = std::get_if<StepInvariant>(&argument.node))
    return LabelsOfAbsent(*invariant->argument);
  if (selector == nullptr) return {};
  LabelSetBuilder builder;
  std::vector<std::string> seen;
  for (const Matcher& matcher : selector->matchers) {
    if (matcher.name() == kMetricName) continue;
    const bool known = std::find(seen.begin(), seen.end(), matcher.name()) != seen.end();
    if (matcher.op() == Matcher::Op::kEqual && !known) {
      builder.Set(matcher.name(), matcher.value());
      seen.push_back(matcher.name());
    } else {
      builder.Remove(matcher.name());
    }
  }
  return {builder.Build(), false};
}

class Compiler {
 public:
  Compiler(QueryContext& context, const Steps& steps) : context_(context), steps_(steps) {}

  Result<OperatorPtr> Compile(const Expr& expr) {
    if (context_.explain == nullptr) return CompileAnew(expr);
    context_.explain->Enter(expr);
    ASSIGN_OR_RETURN(OperatorPtr compiled, CompileAnew(expr));
    return context_.explain->Leave(std::move(compiled), context_.control());
  }

  // `alone`: nothing is made of the range, so of a subquery the samples count at which its
  // expression looks, not its results.
  Result<RangeInput> CompileRange(const Expr& expr, bool alone) {
    if (const auto* selector = std::get_if<Selector>(&expr.node)) {
      RangeInput input{nullptr, ShapeOf(*selector)};
      const RangeShape& shape = input.shape;
      const int64_t before_ms = shape.anchored || shape.smoothed ? context_.lookback_ms : 0;
      const int64_t after_ms = shape.smoothed ? context_.lookback_ms : 0;
      input.source = NewStorageSource(
          context_, *selector, shape.end_ms(steps_.start_ms) - shape.range_ms - before_ms + 1,
          shape.end_ms(steps_.end_ms()) + after_ms);
      return input;
    }
    const auto& subquery = std::get<Subquery>(expr.node);
    const Steps inner = SubqueryStepsOf(subquery, steps_, context_.default_subquery_step_ms);
    RETURN_IF_ERROR(context_.control().CheckSamples(inner.count));
    const RangeShape shape = ShapeOf(subquery);
    using How = SampleCounting::How;
    const CountingScope scope(
        context_, {alone ? How::kAtEveryStep : How::kNot},
        context_.read_scopes.emplace_back(*context_.reading, inner, alone ? 0 : shape.offset_ms,
                                          alone ? 0 : shape.range_ms));
    ASSIGN_OR_RETURN(OperatorPtr compiled, Compiler(context_, inner).Compile(*subquery.argument));
    return RangeInput{NewSubquerySource(std::move(compiled), inner), shape};
  }

 private:
  // Operators that are compiled while it lives count their samples in this way, unless those around
  // do not count, and what they read in that scope.
  class CountingScope {
   public:
    CountingScope(QueryContext& context, SampleCounting counting, ReadScope& reading)
        : context_(context), before_(context.counting), reading_before_(context.reading) {
      if (before_.how != SampleCounting::How::kNot) context_.counting = counting;
      context_.reading = &reading;
    }
    ~CountingScope() {
      context_.counting = before_;
      context_.reading = reading_before_;
    }
    CountingScope(const CountingScope&) = delete;
    CountingScope& operator=(const CountingScope&) = delete;

   private:
    QueryContext& context_;
    const SampleCounting before_;
    ReadScope* const reading_before_;
  };

  // Unless it is one more of what is compiled already.
  Result<OperatorPtr> CompileAnew(const Expr& expr) {
    SharedParts::Part* part = context_.shared == nullptr ? nullptr : context_.shared->Find(expr);
    if (part == nullptr) return CompileNode(expr);
    if (part->columns == nullptr) {
      ASSIGN_OR_RETURN(OperatorPtr compiled, CompileNode(*part->expr));
      part->columns = ShareColumns(std::move(compiled), part->readers, context_.control());
    }
    return NewReader(part->columns);
  }

  Result<OperatorPtr> CompileNode(const Expr& expr) {
    if (steps_.count == 0) return NewEmpty();
    if (const auto* number = std::get_if<NumberLiteral>(&expr.node))
      return NewConstant(steps_.count, number->value);
    if (const auto* selector = std::get_if<Selector>(&expr.node))
      return NewInstantSelector(context_, steps_, *selector, expr.place.begin,
                                SampleAspect::kValue);
    if (const auto* call = std::get_if<Call>(&expr.node)) return CompileCall(expr, *call);
    if (const auto* aggregate = std::get_if<Aggregate>(&expr.node))
      return CompileAggregate(expr, *aggregate);
    if (const auto* binary = std::get_if<Binary>(&expr.node)) return CompileBinary(expr, *binary);
    if (const auto* unary = std::get_if<Unary>(&expr.node)) return CompileUnary(*unary);
    if (const auto* parentheses = std::get_if<Parentheses>(&expr.node))
      return Compile(*parentheses->argument);
    const auto& invariant = std::get<StepInvariant>(expr.node);
    const SampleCounting around = context_.counting;
    const bool in_steps = around.how == SampleCounting::How::kAtEveryStep;
    const CountingScope scope(
        context_, {SampleCounting::How::kAtEveryStep, in_steps ? around.times * steps_.count : 1},
        context_.read_scopes.emplace_back(*context_.reading));
    ASSIGN_OR_RETURN(
        OperatorPtr once,
        Compiler(context_, {steps_.start_ms, steps_.interval_ms, 1}).Compile(*invariant.argument));
    return RepeatStep(std::move(once), steps_.count);
  }

  Result<std::vector<OperatorPtr>> CompileAll(const Call& call, size_t begin) {
    std::vector<OperatorPtr> operators;
    for (size_t i = begin; i < call.arguments.size(); ++i) {
      ASSIGN_OR_RETURN(OperatorPtr compiled, Compile(*call.arguments[i]));
      operators.push_back(std::move(compiled));
    }
    return operators;
  }

  Result<OperatorPtr> CompileRangeCall(const Call& call) {
    RangeInput input;
    std::vector<OperatorPtr> scalars;
    for (const ExprPtr& argument : call.arguments) {
      if (argument->type == ValueType::kMatrix) {
        ASSIGN_OR_RETURN(input, CompileRange(*argument, false));
      } else {
        ASSIGN_OR_RETURN(OperatorPtr scalar, Compile(*argument));
        scalars.push_back(std::move(scalar));
      }
    }
    RETURN_IF_ERROR(CheckExtension(*call.function, input.shape));
    return NewRangeFunction(context_, steps_, {call.function, input.shape, PlaceOfFirst(call)},
                            std::move(input.source), std::move(scalars));
  }

  // Where annotations of a function of a range point to. A subquery has no place in the reference.
  static size_t PlaceOfFirst(const Call& call) {
    const Expr& first = *call.arguments.front();
    return std::holds_alternative<Subquery>(first.node) ? 0 : first.place.begin;
  }

  Result<OperatorPtr> CompileAbsentOverTime(const Call& call) {
    ASSIGN_OR_RETURN(RangeInput input, CompileRange(*call.arguments[0], false));
    RETURN_IF_ERROR(CheckExtension(*call.function, input.shape));
    // One that keeps names: without them series could be the same.
    static const FunctionRow* const kLast = FindFunction("last_over_time");
    const RangeFunctionCall last{kLast, input.shape, call.arguments[0]->place.begin};
    return NewAbsent(context_, steps_,
                     NewRangeFunction(context_, steps_, last, std::move(input.source), {}),
                     LabelsOfAbsent(*call.arguments[0]));
  }

  Result<OperatorPtr> CompileTimestamp(const Call& call, SampleAspect aspect) {
    const Expr& argument = *call.arguments[0];
    if (aspect == SampleAspect::kStart && !context_.features.start_timestamps) return NewEmpty();
    if (const auto* selector = std::get_if<Selector>(&argument.node)) {
      return NewColumnMap(
          context_, NewInstantSelector(context_, steps_, *selector, argument.place.begin, aspect),
          {}, true, [](Column&, std::span<const Column>) {});
    }
    // Of what is computed: when it was, which is the step. Nothing is known of its start.
    ASSIGN_OR_RETURN(OperatorPtr input, Compile(argument));
    return NewColumnMap(context_, std::move(input), {}, true,
                        [steps = steps_, aspect](Column& column, std::span<const Column>) {
                          for (size_t step = 0; step < column.steps(); ++step) {
                            if (column.present[step] == Column::kAbsent) continue;
                            column.Set(step, static_cast<double>(steps.time_ms(step)) / 1000);
                            if (aspect == SampleAspect::kStart)
                              column.present[step] = Column::kAbsent;
                          }
                          column.histograms.clear();
                        });
  }

  Result<OperatorPtr> CompileHistogramFunction(const Call& call) {
    HistogramFunctionCall histogram_call;
    using Kind = HistogramFunctionCall::Kind;
    size_t vector = call.arguments.size() - 1;
    if (call.function->kind == FunctionKind::kHistogramQuantiles) {
      histogram_call.kind = Kind::kQuantiles;
      histogram_call.quantile_label = TextOf(call.arguments[1]);
      vector = 0;
    } else if (call.function->kind == FunctionKind::kHistogramFraction) {
      histogram_call.kind = Kind::kFraction;
    }
    histogram_call.vector_place = call.arguments[vector]->place.begin;
    std::vector<OperatorPtr> scalars;
    for (const ExprPtr& argument : call.arguments) {
      if (argument->type != ValueType::kScalar) continue;
      ASSIGN_OR_RETURN(OperatorPtr scalar, Compile(*argument));
      scalars.push_back(std::move(scalar));
      histogram_call.scalar_places.push_back(argument->place.begin);
    }
    ASSIGN_OR_RETURN(OperatorPtr input, Compile(*call.arguments[vector]));
    return NewHistogramFunction(context_, steps_, std::move(histogram_call), std::move(input),
                                std::move(scalars));
  }

  Result<OperatorPtr> CompileSort(const Expr& expr, const Call& call) {
    if (steps_.count > 1)
      context_.annotations().Warn(
          "sort is ineffective for range queries since results are always ordered by labels",
          expr.place.begin);
    ASSIGN_OR_RETURN(OperatorPtr input, Compile(*call.arguments[0]));
    const FunctionKind kind = call.function->kind;
    if (kind == FunctionKind::kSort || kind == FunctionKind::kSortDescending)
      return NewSort(context_, steps_, std::move(input), kind == FunctionKind::kSortDescending);
    std::vector<std::string> labels;
    for (size_t i = 1; i < call.arguments.size(); ++i) labels.push_back(TextOf(call.arguments[i]));
    return NewSortByLabel(context_, steps_, std::move(input), std::move(labels),
                          kind == FunctionKind::kSortByLabelDescending);
  }

  Result<OperatorPtr> CompileLabelFunction(const Call& call) {
    std::vector<std::string> texts;
    for (size_t i = 1; i < call.arguments.size(); ++i) texts.push_back(TextOf(call.arguments[i]));
    ASSIGN_OR_RETURN(OperatorPtr input, Compile(*call.arguments[0]));
    return call.function->kind == FunctionKind::kLabelReplace
               ? NewLabelReplace(std::move(input), texts)
               : NewLabelJoin(std::move(input), texts);
  }

  Result<OperatorPtr> CompileMap(const Call& call) {
    if (call.arguments.empty()) return NewTimeFunction(steps_, call.function->map);
    ASSIGN_OR_RETURN(OperatorPtr input, Compile(*call.arguments[0]));
    ASSIGN_OR_RETURN(std::vector<OperatorPtr> scalars, CompileAll(call, 1));
    return NewMap(context_, *call.function, std::move(input), std::move(scalars));
  }

  Result<OperatorPtr> CompileScalars(const Call& call) {
    ASSIGN_OR_RETURN(std::vector<OperatorPtr> arguments, CompileAll(call, 0));
    return NewScalarFunction(std::move(arguments[0]), std::move(arguments[1]),
                             call.function->kind == FunctionKind::kMinOf ? Least : Greatest);
  }

  Result<OperatorPtr> CompileCall(const Expr& expr, const Call& call) {
    switch (call.function->kind) {
      case FunctionKind::kRange:
        return CompileRangeCall(call);
      case FunctionKind::kMap:
      case FunctionKind::kDate:
      case FunctionKind::kHistogramMap:
      case FunctionKind::kClamp:
      case FunctionKind::kClampMin:
      case FunctionKind::kClampMax:
      case FunctionKind::kRound:
        return CompileMap(call);
      case FunctionKind::kTime:
        return NewTimeFunction(steps_, [](double time_s) { return time_s; });
      case FunctionKind::kPi:
        return NewConstant(steps_.count, std::numbers::pi);
      case FunctionKind::kVector:
        return Compile(*call.arguments[0]);
      case FunctionKind::kScalar: {
        ASSIGN_OR_RETURN(OperatorPtr input, Compile(*call.arguments[0]));
        return NewScalarOf(context_, steps_, std::move(input));
      }
      case FunctionKind::kMinOf:
      case FunctionKind::kMaxOf:
        return CompileScalars(call);
      case FunctionKind::kTimestamp:
        return CompileTimestamp(call, SampleAspect::kTime);
      case FunctionKind::kStartTimestamp:
        return CompileTimestamp(call, SampleAspect::kStart);
      case FunctionKind::kAbsent: {
        ASSIGN_OR_RETURN(OperatorPtr input, Compile(*call.arguments[0]));
        return NewAbsent(context_, steps_, std::move(input), LabelsOfAbsent(*call.arguments[0]));
      }
      case FunctionKind::kAbsentOverTime:
        return CompileAbsentOverTime(call);
      case FunctionKind::kSort:
      case FunctionKind::kSortDescending:
      case FunctionKind::kSortByLabel:
      case FunctionKind::kSortByLabelDescending:
        return CompileSort(expr, call);
      case FunctionKind::kLabelReplace:
      case FunctionKind::kLabelJoin:
        return CompileLabelFunction(call);
      case FunctionKind::kHistogramQuantile:
      case FunctionKind::kHistogramQuantiles:
      case FunctionKind::kHistogramFraction:
        return CompileHistogramFunction(call);
      case FunctionKind::kInfo: {
        ASSIGN_OR_RETURN(OperatorPtr input, Compile(*call.arguments[0]));
        return NewInfo(context_, steps_, call, std::move(input));
      }
      case FunctionKind::kQueryContext:
        break;
    }
    assert(false && "constants of the query are numbers since Prepare()");
    return NewEmpty();
  }

  Result<OperatorPtr> CompileAggregate(const Expr& expr, const Aggregate& aggregate) {
    ASSIGN_OR_RETURN(OperatorPtr input, Compile(*aggregate.argument));
    if (!HasParameter(aggregate.op)) return NewFold(context_, steps_, aggregate, std::move(input));
    if (aggregate.op == AggregateOp::kCountValues) {
      const std::string& label = TextOf(aggregate.parameter);
      if (!IsValidLabelName(label)) return InvalidArgument("invalid label name ", GoQuote(label));
      return NewCountValues(context_, steps_, aggregate, std::move(input), label);
    }
    ASSIGN_OR_RETURN(OperatorPtr parameter, Compile(*aggregate.parameter));
    if (aggregate.op == AggregateOp::kQuantile)
      return NewQuantile(context_, steps_, aggregate, std::move(input), std::move(parameter));
    return NewPick(context_, steps_, aggregate, expr.place.begin, std::move(input),
                   std::move(parameter));
  }

  Result<OperatorPtr> CompileUnary(const Unary& unary) {
    ASSIGN_OR_RETURN(OperatorPtr input, Compile(*unary.argument));
    return unary.negate ? NewNegation(context_, std::move(input)) : std::move(input);
  }

  Result<OperatorPtr> CompileBinary(const Expr& expr, const Binary& binary) {
    ASSIGN_OR_RETURN(OperatorPtr left, Compile(*binary.left));
    ASSIGN_OR_RETURN(OperatorPtr right, Compile(*binary.right));
    const bool left_scalar = binary.left->type == ValueType::kScalar;
    const bool right_scalar = binary.right->type == ValueType::kScalar;
    const size_t place = expr.place.begin;
    if (left_scalar && right_scalar)
      return NewScalarScalar(binary, std::move(left), std::move(right));
    if (left_scalar)
      return NewVectorScalar(context_, binary, place, std::move(right), std::move(left), true);
    if (right_scalar)
      return NewVectorScalar(context_, binary, place, std::move(left), std::move(right), false);
    if (IsSetOperator(binary.op))
      return NewSetOperator(context_, steps_, binary, std::move(left), std::move(right));
    return NewVectorVector(context_, steps_, binary, place, std::move(left), std::move(right));
  }

  QueryContext& context_;
  const Steps steps_;
};

}  // namespace

Result<OperatorPtr> Compile(QueryContext& context, const Steps& steps, const Expr& expr) {
  assert(expr.type == ValueType::kScalar || expr.type == ValueType::kVector);
  return Compiler(context, steps).Compile(expr);
}

Result<RangeInput> CompileRange(QueryContext& context, const Steps& steps, const Expr& expr) {
  return Compiler(context, steps).CompileRange(expr, true);
}

}  // namespace narthex::promql
