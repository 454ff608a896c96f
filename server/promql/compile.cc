#include "server/promql/compile.h"

#include <cassert>

#include "server/promql/aggregate_operators.h"
#include "server/promql/binary_operators.h"

namespace narthex::promql {
namespace {

OperatorPtr CompileCall(QueryContext& context, const Call& call) {
  if (call.function->kernel == nullptr) {  // time()
    return NewScalar(context.steps.count, [steps = context.steps](size_t step) {
      return static_cast<double>(steps.time_ms(step)) / 1000.0;
    });
  }
  const Selector* selector = nullptr;
  std::vector<OperatorPtr> scalars;
  for (const ExprPtr& argument : call.arguments) {
    if (argument->type == ValueType::kMatrix) {
      selector = std::get_if<Selector>(&argument->node);
    } else {
      scalars.push_back(Compile(context, *argument));
    }
  }
  assert(selector != nullptr);
  return NewRangeFunction(context, *selector, *call.function, std::move(scalars));
}

OperatorPtr CompileAggregate(QueryContext& context, const Aggregate& aggregate) {
  OperatorPtr input = Compile(context, *aggregate.argument);
  if (aggregate.op != AggregateOp::kTopK) return NewAggregation(aggregate, std::move(input));
  return NewTopK(aggregate, std::move(input), Compile(context, *aggregate.parameter),
                 context.steps.count);
}

OperatorPtr CompileBinary(QueryContext& context, const Binary& binary) {
  OperatorPtr left = Compile(context, *binary.left);
  OperatorPtr right = Compile(context, *binary.right);
  const bool left_scalar = binary.left->type == ValueType::kScalar;
  const bool right_scalar = binary.right->type == ValueType::kScalar;
  if (left_scalar && right_scalar)
    return NewScalarScalar(binary, std::move(left), std::move(right));
  if (left_scalar) return NewVectorScalar(binary, std::move(right), std::move(left), true);
  if (right_scalar) return NewVectorScalar(binary, std::move(left), std::move(right), false);
  return NewVectorVector(binary, std::move(left), std::move(right));
}

}  // namespace

OperatorPtr Compile(QueryContext& context, const Expr& expr) {
  assert(expr.type == ValueType::kScalar || expr.type == ValueType::kVector);
  if (const auto* number = std::get_if<NumberLiteral>(&expr.node)) {
    return NewScalar(context.steps.count, [value = number->value](size_t) { return value; });
  }
  if (const auto* selector = std::get_if<Selector>(&expr.node))
    return NewInstantSelector(context, *selector);
  if (const auto* call = std::get_if<Call>(&expr.node)) return CompileCall(context, *call);
  if (const auto* aggregate = std::get_if<Aggregate>(&expr.node))
    return CompileAggregate(context, *aggregate);
  if (const auto* binary = std::get_if<Binary>(&expr.node)) return CompileBinary(context, *binary);
  const auto& negate = std::get<Negate>(expr.node);
  return NewNegation(Compile(context, *negate.argument), expr.type == ValueType::kScalar);
}

}  // namespace narthex::promql
