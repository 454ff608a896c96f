#include "server/promql/type_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/labels/label_set.h"
#include "server/promql/functions.h"
#include "server/promql/lexer.h"

namespace narthex::promql {
namespace {

bool IsOperand(ValueType type) { return type == ValueType::kScalar || type == ValueType::kVector; }

class Checker {
 public:
  explicit Checker(std::string_view query) : query_(query) {}

  Status Check(Expr& expr) {
    if (auto* call = std::get_if<Call>(&expr.node)) return CheckCall(expr, *call);
    if (auto* aggregate = std::get_if<Aggregate>(&expr.node)) return CheckAggregate(*aggregate);
    if (auto* binary = std::get_if<Binary>(&expr.node)) return CheckBinary(expr, *binary);
    if (auto* selector = std::get_if<Selector>(&expr.node))
      return CheckSelector(expr, *selector, false);
    for (Expr* child : Children(expr)) RETURN_IF_ERROR(Check(*child));
    if (auto* unary = std::get_if<Unary>(&expr.node)) {
      if (IsOperand(unary->argument->type)) return {};
      return Error(expr,
                   fmt::format("a sign wants a scalar or an instant vector behind it, got a {}",
                               ValueTypeName(unary->argument->type)));
    }
    if (auto* subquery = std::get_if<Subquery>(&expr.node)) {
      if (subquery->argument->type == ValueType::kVector) return {};
      return Error(expr, fmt::format("a subquery wants an instant vector, got a {}",
                                     ValueTypeName(subquery->argument->type)));
    }
    return {};
  }

 private:
  Status Error(const Expr& at, std::string_view finding) const {
    return ErrorAt(query_, at.place.begin, finding);
  }

  Status Want(Expr& expr, ValueType wanted, std::string_view context) {
    RETURN_IF_ERROR(Check(expr));
    if (expr.type == wanted) return {};
    return Error(expr, fmt::format("{} wants a value of type {}, got {}", context,
                                   ValueTypeName(wanted), ValueTypeName(expr.type)));
  }

  Status CheckSelector(const Expr& expr, const Selector& selector, bool may_be_empty) const {
    const auto names = std::count_if(
        selector.matchers.begin(), selector.matchers.end(),
        [](const storage::Matcher& matcher) { return matcher.name() == kMetricName; });
    if (!selector.name.empty() && names > 1) {
      const auto other = std::find_if(
          selector.matchers.begin(), selector.matchers.end(),
          [](const storage::Matcher& matcher) { return matcher.name() == kMetricName; });
      return Error(expr, fmt::format("two names of a metric, {} and {}: one is allowed",
                                     Quote(selector.name), Quote(other->value())));
    }
    const bool narrows =
        std::any_of(selector.matchers.begin(), selector.matchers.end(),
                    [](const storage::Matcher& matcher) { return !matcher.MatchesEmpty(); });
    if (narrows || may_be_empty) return {};
    return Error(
        expr, "the selector would take every series: want a matcher that refuses the empty value");
  }

  Status CheckAggregate(Aggregate& aggregate) {
    RETURN_IF_ERROR(Want(*aggregate.argument, ValueType::kVector, AggregateName(aggregate.op)));
    if (!aggregate.parameter) return {};
    return Want(*aggregate.parameter,
                aggregate.op == AggregateOp::kCountValues ? ValueType::kString : ValueType::kScalar,
                std::string("the parameter of ") + std::string(AggregateName(aggregate.op)));
  }

  Status CheckCount(const Expr& expr, const Call& call) const {
    const FunctionRow& function = *call.function;
    const auto [least, most] = ArgumentCounts(function);
    const size_t given = call.arguments.size();
    if (given >= least && given <= most) return {};
    const size_t number = given < least ? least : most;
    const std::string_view bound = least == most ? "" : given < least ? "at least " : "at most ";
    return Error(expr, fmt::format("{} wants {}{} argument{}, got {}", function.name, bound, number,
                                   number == 1 ? "" : "s", given));
  }

  Status CheckCall(const Expr& expr, Call& call) {
    const FunctionRow& function = *call.function;
    RETURN_IF_ERROR(CheckCount(expr, call));
    const bool info = function.name == "info";
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      Expr& argument = *call.arguments[i];
      if (info && i == 1) {
        RETURN_IF_ERROR(CheckInfoSelector(expr, argument));
        continue;
      }
      const ValueType wanted = function.arguments[std::min(i, function.arguments.size() - 1)];
      RETURN_IF_ERROR(Check(argument));
      if (argument.type != wanted)
        return Error(argument,
                     fmt::format("{} wants a value of type {} here, got {}", function.name,
                                 ValueTypeName(wanted), ValueTypeName(argument.type)));
    }
    return {};
  }

  // The second argument of info() chooses labels of info metrics, so it need not name a metric.
  Status CheckInfoSelector(const Expr& call, const Expr& argument) {
    if (argument.type != ValueType::kVector)
      return Error(
          call,
          fmt::format("info wants label matchers between braces as its second argument, got a {}",
                      ValueTypeName(argument.type)));
    const auto* selector = std::get_if<Selector>(&argument.node);
    if (selector == nullptr)
      return Error(argument, "info wants label matchers between braces here");
    if (!selector->name.empty())
      return Error(argument, "info wants label matchers between braces here, without a name");
    return CheckSelector(argument, *selector, true);
  }

  // Where the operator stands, with its modifiers.
  Status OperatorError(const Binary& binary, std::string_view finding) const {
    size_t begin = binary.left->place.end;
    begin = std::min(query_.find_first_not_of(" \t\r\n", begin), query_.size());
    return ErrorAt(query_, begin, finding);
  }

  Status CheckBinary(const Expr& expr, Binary& binary) {
    RETURN_IF_ERROR(Check(*binary.left));
    RETURN_IF_ERROR(Check(*binary.right));
    const ValueType left = binary.left->type;
    const ValueType right = binary.right->type;
    const bool set = IsSetOperator(binary.op);
    Matching& matching = binary.matching;
    if (binary.return_bool && !IsComparison(binary.op))
      return OperatorError(binary, "bool stands behind a comparison only");
    if (IsComparison(binary.op) && !binary.return_bool && left == ValueType::kScalar &&
        right == ValueType::kScalar)
      return OperatorError(binary,
                           "two scalars are compared with bool: write == bool, > bool and so on");
    if (set && matching.cardinality == Cardinality::kOneToOne)
      matching.cardinality = Cardinality::kManyToMany;
    for (const std::string& label : matching.labels) {
      const bool both = std::find(matching.included.begin(), matching.included.end(), label) !=
                        matching.included.end();
      if (both && matching.on)
        return OperatorError(
            binary,
            fmt::format("label {} is matched on already, and cannot be copied too", Quote(label)));
    }
    for (const ExprPtr* side : {&binary.left, &binary.right}) {
      if (!IsOperand((*side)->type))
        return Error(**side, "an operator wants scalars or instant vectors on its sides, got a " +
                                 std::string(ValueTypeName((*side)->type)));
    }
    return CheckMatching(expr, binary);
  }

  Status CheckMatching(const Expr& expr, const Binary& binary) const {
    const Matching& matching = binary.matching;
    const bool set = IsSetOperator(binary.op);
    const bool vectors =
        binary.left->type == ValueType::kVector && binary.right->type == ValueType::kVector;
    const bool fills = matching.fill_left || matching.fill_right;
    if (!vectors && !matching.labels.empty())
      return Error(expr, "on and ignoring stand between two instant vectors only");
    if (!vectors && fills) return Error(expr, "fill stands between two instant vectors only");
    if (!vectors && set)
      return Error(
          expr, fmt::format("{} wants an instant vector on both sides", BinaryOpText(binary.op)));
    if (set && matching.cardinality != Cardinality::kManyToMany)
      return Error(
          expr, fmt::format("{} takes no group_left and no group_right", BinaryOpText(binary.op)));
    if (set && fills) return Error(expr, fmt::format("{} takes no fill", BinaryOpText(binary.op)));
    return {};
  }

  std::string_view query_;
};

}  // namespace

Status CheckTypes(std::string_view query, Expr& expr) { return Checker(query).Check(expr); }

}  // namespace narthex::promql
