#include "server/api/expression_json.h"

#include <cmath>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/api/json_object.h"
#include "server/promql/functions.h"
#include "server/promql/go_format.h"

namespace narthex::server {
namespace {

using promql::ValueType;

std::string_view TypeName(ValueType type) {
  constexpr std::string_view kNames[] = {"scalar", "vector", "matrix", "string"};
  return kNames[static_cast<size_t>(type)];
}

void AppendTexts(std::string& out, const std::vector<std::string>& texts) {
  ListWriter list(out);
  for (const std::string& text : texts) AppendJsonString(list.Next(), text);
}

void AppendMatchers(std::string& out, const std::vector<storage::Matcher>& matchers) {
  constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  ListWriter list(out);
  for (const storage::Matcher& matcher : matchers) {
    ObjectWriter object(list.Next());
    object.Text("name", matcher.name());
    object.Text("type", kOps[static_cast<size_t>(matcher.op())]);
    object.Text("value", matcher.value());
  }
}

void AppendOptional(std::string& out, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) {
    AppendApiDouble(out, *value);
  } else if (value) {
    AppendJsonString(out, promql::GoF(*value));  // what JSON has no number for
  } else {
    out += "null";
  }
}

void AppendMatching(std::string& out, const promql::Matching& matching) {
  constexpr std::string_view kCards[] = {"one-to-one", "many-to-one", "one-to-many",
                                         "many-to-many"};
  ObjectWriter object(out);
  object.Text("card", kCards[static_cast<size_t>(matching.cardinality)]);
  {
    ObjectWriter fills(object.Name("fillValues"));
    AppendOptional(fills.Name("lhs"), matching.fill_left);
    AppendOptional(fills.Name("rhs"), matching.fill_right);
  }
  AppendTexts(object.Name("include"), matching.included);
  AppendTexts(object.Name("labels"), matching.labels);
  object.Boolean("on", matching.on);
}

// Durations that are computed are told as 0, as the reference does.
int64_t Milliseconds(const promql::DurationSpec& spec) { return spec.expr ? 0 : spec.ms; }

void AppendStartOrEnd(ObjectWriter& object, const promql::At& at) {
  const bool start = at.kind == promql::AtKind::kStart;
  if (start || at.kind == promql::AtKind::kEnd) {
    object.Text("startOrEnd", start ? "start" : "end");
  } else {
    object.Name("startOrEnd") += "null";
  }
}

void AppendTimestamp(ObjectWriter& object, const promql::At& at) {
  if (at.kind == promql::AtKind::kTime) {
    object.Integer("timestamp", at.time_ms);
  } else {
    object.Name("timestamp") += "null";
  }
}

void AppendFunction(std::string& out, const promql::FunctionRow& function) {
  ObjectWriter object(out);
  {
    ListWriter types(object.Name("argTypes"));
    for (const ValueType type : function.arguments) AppendJsonString(types.Next(), TypeName(type));
  }
  object.Text("name", function.name);
  object.Text("returnType", TypeName(function.returns));
  object.Integer("variadic", function.variadic);
}

// Fills in the fields of one node, sorted by name as the reference has them.
class NodeFields {
 public:
  explicit NodeFields(ObjectWriter& object) : object_(object) {}

  void operator()(const promql::NumberLiteral& node) const {
    object_.Text("type", "numberLiteral");
    object_.Text("val", promql::GoF(node.value));
  }
  void operator()(const promql::StringLiteral& node) const {
    object_.Text("type", "stringLiteral");
    object_.Text("val", node.value);
  }
  void operator()(const promql::Selector& node) const {
    object_.Boolean("anchored", node.anchored);
    AppendMatchers(object_.Name("matchers"), node.matchers);
    object_.Text("name", node.name);
    object_.Integer("offset", Milliseconds(node.offset));
    if (node.range) object_.Integer("range", Milliseconds(*node.range));
    object_.Boolean("smoothed", node.smoothed);
    AppendStartOrEnd(object_, node.at);
    AppendTimestamp(object_, node.at);
    object_.Text("type", node.range ? "matrixSelector" : "vectorSelector");
  }
  void operator()(const promql::Subquery& node) const {
    Child("expr", node.argument);
    object_.Integer("offset", Milliseconds(node.offset));
    object_.Integer("range", Milliseconds(node.range));
    AppendStartOrEnd(object_, node.at);
    object_.Integer("step", Milliseconds(node.step));
    AppendTimestamp(object_, node.at);
    object_.Text("type", "subquery");
  }
  void operator()(const promql::Call& node) const {
    {
      ListWriter arguments(object_.Name("args"));
      for (const auto& argument : node.arguments) AppendExpression(arguments.Next(), *argument);
    }
    AppendFunction(object_.Name("func"), *node.function);
    object_.Text("type", "call");
  }
  void operator()(const promql::Aggregate& node) const {
    Child("expr", node.argument);
    AppendTexts(object_.Name("grouping"), node.labels);
    object_.Text("op", promql::AggregateName(node.op));
    Child("param", node.parameter);
    object_.Text("type", "aggregation");
    object_.Boolean("without", node.without);
  }
  void operator()(const promql::Binary& node) const {
    object_.Boolean("bool", node.return_bool);
    Child("lhs", node.left);
    if (node.left->type == ValueType::kVector && node.right->type == ValueType::kVector) {
      AppendMatching(object_.Name("matching"), node.matching);
    } else {
      object_.Name("matching") += "null";
    }
    object_.Text("op", promql::BinaryOpText(node.op));
    Child("rhs", node.right);
    object_.Text("type", "binaryExpr");
  }
  void operator()(const promql::Unary& node) const {
    Child("expr", node.argument);
    object_.Text("op", node.negate ? "-" : "+");
    object_.Text("type", "unaryExpr");
  }
  void operator()(const promql::Parentheses& node) const {
    Child("expr", node.argument);
    object_.Text("type", "parenExpr");
  }
  void operator()(const promql::StepInvariant& node) const {
    std::visit(*this, node.argument->node);
  }

 private:
  void Child(std::string_view name, const promql::ExprPtr& child) const {
    std::string& out = object_.Name(name);
    if (child) {
      AppendExpression(out, *child);
    } else {
      out += "null";
    }
  }

  ObjectWriter& object_;
};

}  // namespace

void AppendExpression(std::string& out, const promql::Expr& expr) {
  ObjectWriter object(out);
  std::visit(NodeFields(object), expr.node);
}

}  // namespace narthex::server
