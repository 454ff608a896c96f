#include "server/promql/prepare.h"

#include "server/promql/binary_operators.h"
#include "server/promql/duration_parser.h"
#include "server/promql/functions.h"

namespace narthex::promql {
namespace {

class Preparer {
 public:
  Preparer(const Steps& steps, int64_t end_ms)
      : start_ms_(steps.start_ms),
        end_ms_(end_ms),
        step_s_(steps.start_ms == end_ms ? 0 : static_cast<double>(steps.interval_ms) / 1000),
        duration_step_s_(steps.interval_ms == 1 && steps.count == 1
                             ? 0  // an instant query
                             : static_cast<double>(steps.interval_ms) / 1000) {}

  // Replaces query constants and computes durations.
  Status Resolve(ExprPtr& expr) {
    if (const auto* call = std::get_if<Call>(&expr->node);
        call != nullptr && call->function->kind == FunctionKind::kQueryContext) {
      expr = MakeExpr(NumberLiteral{ConstantOf(call->function->name)}, ValueType::kScalar,
                      expr->place);
      return {};
    }
    if (auto* selector = std::get_if<Selector>(&expr->node)) {
      if (selector->range) RETURN_IF_ERROR(Compute(*selector->range, false));
      RETURN_IF_ERROR(Compute(selector->offset, true));
      Resolve(selector->at);
    } else if (auto* subquery = std::get_if<Subquery>(&expr->node)) {
      RETURN_IF_ERROR(Compute(subquery->range, false));
      RETURN_IF_ERROR(Compute(subquery->step, false));
      RETURN_IF_ERROR(Compute(subquery->offset, true));
      Resolve(subquery->at);
    }
    UnwrapArguments(*expr);
    for (ExprPtr* child : ChildSlots(*expr)) RETURN_IF_ERROR(Resolve(*child));
    Fold(expr);
    return {};
  }

  // Wraps what is the same at all steps; whether all of `expr` is, and whether it is worth a wrap.
  struct Invariance {
    bool invariant = false;
    bool wrap = false;
  };
  Invariance MarkInvariant(Expr& expr) {
    if (const auto* selector = std::get_if<Selector>(&expr.node)) {
      const bool fixed = selector->at.kind != AtKind::kNone;
      return {fixed, fixed && expr.type == ValueType::kVector};
    }
    if (auto* subquery = std::get_if<Subquery>(&expr.node)) {
      if (MarkInvariant(*subquery->argument).invariant) Wrap(subquery->argument);
      return {subquery->at.kind != AtKind::kNone, false};
    }
    if (auto* call = std::get_if<Call>(&expr.node)) return MarkCall(*call);
    if (auto* binary = std::get_if<Binary>(&expr.node)) return MarkBinary(*binary);
    if (auto* aggregate = std::get_if<Aggregate>(&expr.node)) return MarkAggregate(*aggregate);
    if (auto* unary = std::get_if<Unary>(&expr.node)) return MarkInvariant(*unary->argument);
    if (auto* inner = std::get_if<Parentheses>(&expr.node)) return MarkInvariant(*inner->argument);
    return {true, false};  // literals
  }

  static void Wrap(ExprPtr& expr) {
    if (std::holds_alternative<NumberLiteral>(expr->node) ||
        std::holds_alternative<StringLiteral>(expr->node))
      return;
    const ValueType type = expr->type;
    const Place place = expr->place;
    expr = MakeExpr(StepInvariant{std::move(expr)}, type, place);
  }

 private:
  // Calculates what two numbers make.
  static void Fold(ExprPtr& expr) {
    const auto* binary = std::get_if<Binary>(&expr->node);
    if (binary == nullptr) return;
    const auto* left = NumberIn(*binary->left);
    const auto* right = NumberIn(*binary->right);
    if (left == nullptr || right == nullptr) return;
    const double value = Calculate(binary->op, left->value, right->value);
    expr = MakeExpr(NumberLiteral{value}, ValueType::kScalar, expr->place);
  }
  static const NumberLiteral* NumberIn(const Expr& expr) {
    if (const auto* inner = std::get_if<Parentheses>(&expr.node)) return NumberIn(*inner->argument);
    return std::get_if<NumberLiteral>(&expr.node);
  }

  // Parentheses around an argument say nothing.
  static void UnwrapArguments(Expr& expr) {
    if (auto* call = std::get_if<Call>(&expr.node)) {
      for (ExprPtr& argument : call->arguments) Unwrap(argument);
    } else if (auto* aggregate = std::get_if<Aggregate>(&expr.node)) {
      Unwrap(aggregate->argument);
      if (aggregate->parameter) Unwrap(aggregate->parameter);
    }
  }
  static void Unwrap(ExprPtr& expr) {
    while (auto* parentheses = std::get_if<Parentheses>(&expr->node)) {
      ExprPtr inner = std::move(parentheses->argument);
      expr = std::move(inner);
    }
  }

  double ConstantOf(std::string_view name) const {
    if (name == "start") return static_cast<double>(start_ms_) / 1000;
    if (name == "end") return static_cast<double>(end_ms_) / 1000;
    if (name == "step") return step_s_;
    return RangeSeconds();
  }
  double RangeSeconds() const { return static_cast<double>(end_ms_ - start_ms_) / 1000; }

  Status Compute(DurationSpec& spec, bool negative_allowed) const {
    if (!spec.expr) return {};
    ASSIGN_OR_RETURN(
        spec.ms, EvaluateDuration(*spec.expr, duration_step_s_, RangeSeconds(), negative_allowed));
    return {};
  }

  void Resolve(At& at) const {
    if (at.kind == AtKind::kStart) at = {AtKind::kTime, start_ms_};
    if (at.kind == AtKind::kEnd) at = {AtKind::kTime, end_ms_};
  }

  Invariance MarkCall(Call& call) {
    bool invariant = !call.function->depends_on_time;
    bool timestamp = call.function->kind == FunctionKind::kTimestamp;
    std::vector<bool> wraps;
    for (ExprPtr& argument : call.arguments) {
      const Invariance of_argument = MarkInvariant(*argument);
      wraps.push_back(of_argument.wrap);
      invariant = invariant && of_argument.invariant;
      timestamp =
          timestamp && of_argument.invariant && std::holds_alternative<Selector>(argument->node);
    }
    if (invariant || timestamp) return {true, true};
    for (size_t i = 0; i < wraps.size(); ++i) {
      if (wraps[i]) Wrap(call.arguments[i]);
    }
    return {};
  }

  Invariance MarkBinary(Binary& binary) {
    const Invariance left = MarkInvariant(*binary.left);
    const Invariance right = MarkInvariant(*binary.right);
    if (left.invariant && right.invariant) return {true, true};
    if (left.wrap) Wrap(binary.left);
    if (right.wrap) Wrap(binary.right);
    return {};
  }

  // A parameter that differs from step to step makes the whole so.
  Invariance MarkAggregate(Aggregate& aggregate) {
    const Invariance argument = MarkInvariant(*aggregate.argument);
    if (!aggregate.parameter) return argument;
    const Invariance parameter = MarkInvariant(*aggregate.parameter);
    if (argument.invariant && parameter.invariant) return argument;
    if (argument.wrap) Wrap(aggregate.argument);
    if (parameter.wrap) Wrap(aggregate.parameter);
    return {};
  }

  const int64_t start_ms_;
  const int64_t end_ms_;
  const double step_s_;
  const double duration_step_s_;
};

// Marks selectors of whose histograms only count and sum are looked at: those within
// histogram_count and its like, unless anything around, inside or outside, wants the buckets.
void MarkStatistics(Expr& expr, bool counts, bool wants_buckets) {
  if (auto* selector = std::get_if<Selector>(&expr.node)) {
    selector->statistics_only = counts && !wants_buckets;
    return;
  }
  if (const auto* call = std::get_if<Call>(&expr.node)) {
    const std::string_view name = call->function->name;
    counts =
        counts || name == "histogram_count" || name == "histogram_sum" || name == "histogram_avg";
    const FunctionKind kind = call->function->kind;
    wants_buckets = wants_buckets || kind == FunctionKind::kHistogramQuantile ||
                    kind == FunctionKind::kHistogramQuantiles ||
                    kind == FunctionKind::kHistogramFraction;
  } else if (const auto* binary = std::get_if<Binary>(&expr.node)) {
    wants_buckets =
        wants_buckets || binary->op == BinaryOp::kTrimUpper || binary->op == BinaryOp::kTrimLower;
  }
  wants_buckets = wants_buckets || std::holds_alternative<Subquery>(expr.node);
  for (Expr* child : Children(expr)) MarkStatistics(*child, counts, wants_buckets);
}

}  // namespace

Result<ExprPtr> Prepare(const Expr& expr, const Steps& steps, int64_t end_ms) {
  ExprPtr prepared = Clone(expr);
  MarkStatistics(*prepared, false, false);
  Preparer preparer(steps, end_ms);
  RETURN_IF_ERROR(preparer.Resolve(prepared));
  if (preparer.MarkInvariant(*prepared).wrap) Preparer::Wrap(prepared);
  return prepared;
}

}  // namespace narthex::promql
