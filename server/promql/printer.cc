#include "server/promql/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/bytes/duration.h"
#include "server/promql/functions.h"
#include "server/promql/go_format.h"

namespace narthex::promql {
namespace {

using storage::Matcher;

std::string SecondsText(double seconds, bool as_duration) {
  const double ms = seconds * 1000;
  const bool whole = ms == std::floor(ms) && std::abs(ms) < 9e15;
  if (!as_duration || !whole) return GoF(seconds);
  const std::string text = FormatDuration({static_cast<int64_t>(std::abs(ms))});
  return seconds < 0 ? "-" + text : text;
}

std::string LabelsText(const std::vector<std::string>& labels) {
  std::string text = "(";
  for (const std::string& label : labels) {
    if (text.size() > 1) text += ", ";
    text += IsLegacyLabelName(label) ? label : GoQuote(label);
  }
  return text + ")";
}

std::string MatcherText(const Matcher& matcher) {
  constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  const std::string name =
      IsLegacyLabelName(matcher.name()) ? matcher.name() : GoQuote(matcher.name());
  return fmt::format("{}{}{}", name, kOps[static_cast<size_t>(matcher.op())],
                     GoQuote(matcher.value()));
}

std::string SpecText(const DurationSpec& spec) {
  return spec.expr ? Print(*spec.expr) : FormatDuration({spec.ms});
}

std::string OffsetText(const DurationSpec& offset) {
  if (offset.expr) return " offset " + Print(*offset.expr);
  if (offset.ms == 0) return "";
  return fmt::format(" offset {}{}", offset.ms < 0 ? "-" : "",
                     FormatDuration({std::abs(offset.ms)}));
}

std::string AtText(const At& at) {
  switch (at.kind) {
    case AtKind::kNone:
      return "";
    case AtKind::kTime:
      return fmt::format(" @ {:.3f}", static_cast<double>(at.time_ms) / 1000);
    case AtKind::kStart:
      return " @ start()";
    case AtKind::kEnd:
      return " @ end()";
  }
  return "";
}

std::string_view OpText(DurationExpr::Op op) {
  using Op = DurationExpr::Op;
  switch (op) {
    case Op::kAdd:
      return "+";
    case Op::kSubtract:
      return "-";
    case Op::kMultiply:
      return "*";
    case Op::kDivide:
      return "/";
    case Op::kModulo:
      return "%";
    default:
      return "^";
  }
}

std::string MatchingText(const Matching& matching) {
  const bool grouped = matching.cardinality == Cardinality::kManyToOne ||
                       matching.cardinality == Cardinality::kOneToMany;
  std::string text;
  if (matching.on || grouped || !matching.labels.empty())
    text += fmt::format(" {} {}", matching.on ? "on" : "ignoring", LabelsText(matching.labels));
  if (grouped)
    text += fmt::format(" group_{} {}",
                        matching.cardinality == Cardinality::kManyToOne ? "left" : "right",
                        LabelsText(matching.included));
  if (matching.fill_left && matching.fill_left == matching.fill_right)
    return text + fmt::format(" fill ({})", GoF(*matching.fill_left));
  if (matching.fill_left) text += fmt::format(" fill_left ({})", GoF(*matching.fill_left));
  if (matching.fill_right) text += fmt::format(" fill_right ({})", GoF(*matching.fill_right));
  return text;
}

struct Printer {
  std::string operator()(const NumberLiteral& node) const {
    return SecondsText(node.value, node.as_duration);
  }
  std::string operator()(const StringLiteral& node) const { return GoQuote(node.value); }

  std::string operator()(const Selector& node) const {
    std::vector<std::string> matchers;
    for (const Matcher& matcher : node.matchers) {
      const bool is_name = matcher.name() == kMetricName && matcher.op() == Matcher::Op::kEqual &&
                           matcher.value() == node.name && !node.name.empty();
      if (!is_name) matchers.push_back(MatcherText(matcher));
    }
    std::sort(matchers.begin(), matchers.end());
    std::string text = node.name;
    for (const std::string& matcher : matchers)
      text += (&matcher == &matchers.front() ? "{" : ",") + matcher;
    if (!matchers.empty()) text += "}";
    if (text.empty()) text = "{}";
    const std::string_view extension = node.anchored   ? " anchored"
                                       : node.smoothed ? " smoothed"
                                                       : "";
    if (node.range)
      return fmt::format("{}[{}]{}{}{}", text, SpecText(*node.range), extension, AtText(node.at),
                         OffsetText(node.offset));
    return fmt::format("{}{}{}{}", text, AtText(node.at), extension, OffsetText(node.offset));
  }

  std::string operator()(const Subquery& node) const {
    return Print(*node.argument) + PrintWindow(node);
  }

  std::string operator()(const Call& node) const {
    std::string text = std::string(node.function->name) + "(";
    for (const ExprPtr& argument : node.arguments)
      text += (&argument == &node.arguments.front() ? "" : ", ") + Print(*argument);
    return text + ")";
  }

  std::string operator()(const Aggregate& node) const {
    std::string text = PrintHead(node);
    text += "(";
    if (node.parameter) text += Print(*node.parameter) + ", ";
    return text + Print(*node.argument) + ")";
  }

  std::string operator()(const Binary& node) const {
    return fmt::format("{} {} {}", Print(*node.left), PrintOperator(node), Print(*node.right));
  }

  std::string operator()(const Unary& node) const {
    return (node.negate ? "-" : "+") + Print(*node.argument);
  }
  std::string operator()(const Parentheses& node) const {
    return "(" + Print(*node.argument) + ")";
  }
  std::string operator()(const StepInvariant& node) const { return Print(*node.argument); }
};

std::string Bare(const DurationExpr& expr) {
  using Op = DurationExpr::Op;
  switch (expr.op) {
    case Op::kNumber:
      return SecondsText(expr.seconds, expr.as_duration);
    case Op::kStep:
      return "step()";
    case Op::kRange:
      return "range()";
    case Op::kMinOf:
    case Op::kMaxOf:
      return fmt::format("{}({}, {})", expr.op == Op::kMinOf ? "min_of" : "max_of",
                         Print(*expr.left), Print(*expr.right));
    case Op::kPlus:
      return Print(*expr.right);
    case Op::kMinus:
      return "-" + Print(*expr.right);
    default:
      return fmt::format("{} {} {}", Print(*expr.left), OpText(expr.op), Print(*expr.right));
  }
}

}  // namespace

std::string Print(const Expr& expr) { return std::visit(Printer(), expr.node); }

std::string Print(const DurationExpr& expr) {
  return expr.parenthesised ? "(" + Bare(expr) + ")" : Bare(expr);
}

std::string PrintHead(const Aggregate& aggregate) {
  std::string text(AggregateName(aggregate.op));
  if (aggregate.without || !aggregate.labels.empty())
    text +=
        fmt::format(" {} {} ", aggregate.without ? "without" : "by", LabelsText(aggregate.labels));
  return text;
}

std::string PrintOperator(const Binary& binary) {
  return fmt::format("{}{}{}", BinaryOpText(binary.op), binary.return_bool ? " bool" : "",
                     MatchingText(binary.matching));
}

std::string PrintWindow(const Subquery& subquery) {
  const bool has_step = subquery.step.ms != 0 || subquery.step.expr;
  return fmt::format("[{}:{}]{}{}", SpecText(subquery.range),
                     has_step ? SpecText(subquery.step) : "", AtText(subquery.at),
                     OffsetText(subquery.offset));
}

}  // namespace narthex::promql
