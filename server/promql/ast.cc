#include "server/promql/ast.h"

namespace narthex::promql {
namespace {

DurationExprPtr CloneDuration(const DurationExprPtr& expr) {
  if (expr == nullptr) return nullptr;
  auto copy = std::make_unique<DurationExpr>();
  copy->op = expr->op;
  copy->seconds = expr->seconds;
  copy->as_duration = expr->as_duration;
  copy->parenthesised = expr->parenthesised;
  copy->left = CloneDuration(expr->left);
  copy->right = CloneDuration(expr->right);
  copy->place = expr->place;
  return copy;
}

DurationSpec CloneSpec(const DurationSpec& spec) { return {spec.ms, CloneDuration(spec.expr)}; }
ExprPtr CloneOrNull(const ExprPtr& expr) { return expr ? Clone(*expr) : nullptr; }

struct Cloner {
  using Variant = decltype(Expr::node);

  Variant operator()(const NumberLiteral& node) const { return node; }
  Variant operator()(const StringLiteral& node) const { return node; }
  Variant operator()(const Selector& node) const {
    Selector copy;
    copy.name = node.name;
    copy.matchers = node.matchers;
    if (node.range) copy.range = CloneSpec(*node.range);
    copy.offset = CloneSpec(node.offset);
    copy.at = node.at;
    copy.anchored = node.anchored;
    copy.smoothed = node.smoothed;
    copy.statistics_only = node.statistics_only;
    return copy;
  }
  Variant operator()(const Subquery& node) const {
    return Subquery{CloneOrNull(node.argument), CloneSpec(node.range), CloneSpec(node.step),
                    CloneSpec(node.offset), node.at};
  }
  Variant operator()(const Call& node) const {
    Call copy{node.function, {}};
    for (const ExprPtr& argument : node.arguments) copy.arguments.push_back(Clone(*argument));
    return copy;
  }
  Variant operator()(const Aggregate& node) const {
    return Aggregate{node.op, CloneOrNull(node.argument), CloneOrNull(node.parameter), node.without,
                     node.labels};
  }
  Variant operator()(const Binary& node) const {
    return Binary{node.op, CloneOrNull(node.left), CloneOrNull(node.right), node.return_bool,
                  node.matching};
  }
  Variant operator()(const Unary& node) const {
    return Unary{node.negate, CloneOrNull(node.argument)};
  }
  Variant operator()(const Parentheses& node) const {
    return Parentheses{CloneOrNull(node.argument)};
  }
  Variant operator()(const StepInvariant& node) const {
    return StepInvariant{CloneOrNull(node.argument)};
  }
};

// Calls `visit` for each child there is, in the order of the text.
template <typename Node, typename Visit>
void ForEachChild(Node& expr, const Visit& visit) {
  const auto add = [&](auto& child) {
    if (child) visit(child);
  };
  if (auto* call = std::get_if<Call>(&expr.node)) {
    for (auto& argument : call->arguments) add(argument);
  } else if (auto* aggregate = std::get_if<Aggregate>(&expr.node)) {
    add(aggregate->parameter);
    add(aggregate->argument);
  } else if (auto* binary = std::get_if<Binary>(&expr.node)) {
    add(binary->left);
    add(binary->right);
  } else if (auto* subquery = std::get_if<Subquery>(&expr.node)) {
    add(subquery->argument);
  } else if (auto* unary = std::get_if<Unary>(&expr.node)) {
    add(unary->argument);
  } else if (auto* parentheses = std::get_if<Parentheses>(&expr.node)) {
    add(parentheses->argument);
  } else if (auto* invariant = std::get_if<StepInvariant>(&expr.node)) {
    add(invariant->argument);
  }
}

template <typename Pointer, typename Node>
std::vector<Pointer> ChildrenOf(Node& expr) {
  std::vector<Pointer> children;
  ForEachChild(expr, [&](auto& child) { children.push_back(child.get()); });
  return children;
}

constexpr std::string_view kAggregateNames[] = {
    "sum",    "avg",  "min",     "max",          "count",    "group",  "stddev",
    "stdvar", "topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"};
constexpr std::string_view kBinaryTexts[] = {"+",     "-",  "*",  "/",   "%",  "^",
                                             "atan2", "==", "!=", "<",   "<=", ">",
                                             ">=",    "</", ">/", "and", "or", "unless"};

}  // namespace

std::string_view ValueTypeName(ValueType type) {
  constexpr std::string_view kNames[] = {"scalar", "instant vector", "range vector", "string"};
  return kNames[static_cast<size_t>(type)];
}

std::string_view AggregateName(AggregateOp op) { return kAggregateNames[static_cast<size_t>(op)]; }

bool HasParameter(AggregateOp op) { return op >= AggregateOp::kTopK; }

std::string_view BinaryOpText(BinaryOp op) { return kBinaryTexts[static_cast<size_t>(op)]; }

ExprPtr Clone(const Expr& expr) {
  return std::make_unique<Expr>(Expr{std::visit(Cloner(), expr.node), expr.type, expr.place});
}

std::vector<Expr*> Children(Expr& expr) { return ChildrenOf<Expr*>(expr); }
std::vector<const Expr*> Children(const Expr& expr) { return ChildrenOf<const Expr*>(expr); }
std::vector<ExprPtr*> ChildSlots(Expr& expr) {
  std::vector<ExprPtr*> slots;
  ForEachChild(expr, [&](ExprPtr& child) { slots.push_back(&child); });
  return slots;
}

}  // namespace narthex::promql
