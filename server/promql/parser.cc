#include "server/promql/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/labels/label_set.h"
#include "server/promql/duration_parser.h"
#include "server/promql/functions.h"
#include "server/promql/selector_parser.h"
#include "server/promql/token_cursor.h"
#include "server/promql/type_check.h"

namespace narthex::promql {
namespace {

using storage::Matcher;

struct BinaryRow {
  BinaryOp op;
  int precedence;
};
constexpr BinaryRow kBinaries[] = {
    {BinaryOp::kOr, 1},          {BinaryOp::kAnd, 2},       {BinaryOp::kUnless, 2},
    {BinaryOp::kEqual, 3},       {BinaryOp::kNotEqual, 3},  {BinaryOp::kLess, 3},
    {BinaryOp::kLessOrEqual, 3}, {BinaryOp::kGreater, 3},   {BinaryOp::kGreaterOrEqual, 3},
    {BinaryOp::kTrimUpper, 3},   {BinaryOp::kTrimLower, 3}, {BinaryOp::kAdd, 4},
    {BinaryOp::kSubtract, 4},    {BinaryOp::kMultiply, 5},  {BinaryOp::kDivide, 5},
    {BinaryOp::kModulo, 5},      {BinaryOp::kAtan2, 5},     {BinaryOp::kPower, 6}};
constexpr int kUnaryPrecedence = 5;  // -1^2 is -(1^2)

constexpr std::string_view kNoMetricNames[] = {"bool",       "on",          "ignoring",
                                               "group_left", "group_right", "atan2"};
constexpr std::string_view kFunctionWords[] = {"start", "end", "step", "range", "max_of", "min_of"};

template <size_t kCount>
bool Contains(const std::string_view (&words)[kCount], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::optional<AggregateOp> AggregateOf(const Token& token) {
  if (token.kind != TokenKind::kKeyword) return std::nullopt;
  for (int i = 0; i <= static_cast<int>(AggregateOp::kLimitRatio); ++i) {
    const auto op = static_cast<AggregateOp>(i);
    if (AggregateName(op) == token.text) return op;
  }
  return std::nullopt;
}

class Parser {
 public:
  Parser(std::string_view text, const ParserOptions& options)
      : cursor_(text, kMaxQueryDepth), options_(options) {}

  Result<ExprPtr> ParseQuery() {
    if (cursor_.Peek().kind == TokenKind::kEnd)
      return cursor_.Error({}, "the query is empty: want an expression");
    ASSIGN_OR_RETURN(ExprPtr expr, ParseBinary(0));
    if (cursor_.Peek().kind != TokenKind::kEnd)
      return cursor_.Unexpected("", "an operator or the end of the query");
    return expr;
  }

 private:
  const BinaryRow* PeekBinary() const {
    const Token& token = cursor_.Peek();
    if (token.kind != TokenKind::kOperator && token.kind != TokenKind::kKeyword) return nullptr;
    const auto* found = std::find_if(std::begin(kBinaries), std::end(kBinaries),
                                     [&](auto& row) { return BinaryOpText(row.op) == token.text; });
    return found == std::end(kBinaries) ? nullptr : found;
  }

  Place From(size_t begin) const { return {begin, cursor_.last_end()}; }

  Result<ExprPtr> ParseBinary(int least_precedence) {
    const int outer = cursor_.depth();
    RETURN_IF_ERROR(cursor_.Enter());
    const size_t begin = cursor_.Peek().begin;
    ASSIGN_OR_RETURN(ExprPtr left, ParseUnary());
    for (;;) {
      const BinaryRow* row = PeekBinary();
      if (row == nullptr || row->precedence <= least_precedence) break;
      RETURN_IF_ERROR(cursor_.Enter());
      cursor_.Take();
      Binary binary{.op = row->op};
      RETURN_IF_ERROR(ParseModifiers(binary));
      const bool right_associative = row->op == BinaryOp::kPower;
      ASSIGN_OR_RETURN(binary.right, ParseBinary(row->precedence - (right_associative ? 1 : 0)));
      binary.left = std::move(left);
      const bool scalar =
          binary.left->type == ValueType::kScalar && binary.right->type == ValueType::kScalar;
      left = MakeExpr(std::move(binary), scalar ? ValueType::kScalar : ValueType::kVector,
                      From(begin));
    }
    cursor_.Leave(cursor_.depth() - outer);
    return left;
  }

  // bool, on(…), ignoring(…), group_left(…), group_right(…), fill(…).
  Status ParseModifiers(Binary& binary) {
    Matching& matching = binary.matching;
    binary.return_bool = cursor_.TakeKeyword("bool");
    if (cursor_.IsKeyword("on") || cursor_.IsKeyword("ignoring")) {
      matching.on = cursor_.Take().text == "on";
      ASSIGN_OR_RETURN(matching.labels, ParseLabelList(cursor_));
      if (cursor_.IsKeyword("group_left") || cursor_.IsKeyword("group_right")) {
        matching.cardinality =
            cursor_.Take().text == "group_left" ? Cardinality::kManyToOne : Cardinality::kOneToMany;
        if (cursor_.IsOperator("(")) {
          ASSIGN_OR_RETURN(matching.included, ParseLabelList(cursor_));
        }
      }
    }
    return ParseFills(matching);
  }

  Status ParseFills(Matching& matching) {
    if (cursor_.IsKeyword("fill")) {
      ASSIGN_OR_RETURN(matching.fill_left, ParseFill());
      matching.fill_right = matching.fill_left;
      return {};
    }
    for (int i = 0; i < 2; ++i) {
      if (cursor_.IsKeyword("fill_left") && !matching.fill_left) {
        ASSIGN_OR_RETURN(matching.fill_left, ParseFill());
      } else if (cursor_.IsKeyword("fill_right") && !matching.fill_right) {
        ASSIGN_OR_RETURN(matching.fill_right, ParseFill());
      }
    }
    return {};
  }

  Result<double> ParseFill() {
    const Token word = cursor_.Take();
    if (!options_.fill_modifiers)
      return cursor_.Error({word.begin, word.end},
                           "fill modifiers want --enable-feature=promql-binop-fill-modifiers");
    RETURN_IF_ERROR(cursor_.Want("(", word.text, "\"(\""));
    const double sign = cursor_.TakeOperator("-") ? -1 : 1;
    if (sign > 0) cursor_.TakeOperator("+");
    const Token number = cursor_.Peek();
    if (number.kind != TokenKind::kNumber && number.kind != TokenKind::kDuration)
      return cursor_.Unexpected(word.text, "a number");
    cursor_.Take();
    ASSIGN_OR_RETURN(const double value, SecondsOf(cursor_, number));
    RETURN_IF_ERROR(cursor_.Want(")", word.text, "\")\""));
    return sign * value;
  }

  Result<ExprPtr> ParseUnary() {
    if (!cursor_.IsOperator("-") && !cursor_.IsOperator("+")) return ParsePostfix();
    const Token sign = cursor_.Take();
    ASSIGN_OR_RETURN(ExprPtr operand, ParseBinary(kUnaryPrecedence));
    const bool negate = sign.text == "-";
    if (auto* number = std::get_if<NumberLiteral>(&operand->node)) {
      if (negate) number->value = -number->value;
      operand->place.begin = sign.begin;
      return operand;
    }
    const ValueType type = operand->type;
    return MakeExpr(Unary{negate, std::move(operand)}, type, From(sign.begin));
  }

  Result<ExprPtr> ParsePostfix() {
    ASSIGN_OR_RETURN(ExprPtr expr, ParsePrimary());
    const int outer = cursor_.depth();
    for (;;) {
      if (cursor_.IsOperator("[")) {
        RETURN_IF_ERROR(cursor_.Enter());
        ASSIGN_OR_RETURN(expr, ParseBrackets(std::move(expr)));
      } else if (cursor_.TakeKeyword("offset")) {
        RETURN_IF_ERROR(ParseOffsetOf(*expr));
      } else if (cursor_.TakeOperator("@")) {
        RETURN_IF_ERROR(ParseAt(*expr));
      } else if (cursor_.IsKeyword("anchored") || cursor_.IsKeyword("smoothed")) {
        RETURN_IF_ERROR(ParseExtension(*expr));
      } else {
        cursor_.Leave(cursor_.depth() - outer);
        return expr;
      }
    }
  }

  Result<ExprPtr> ParseBrackets(ExprPtr inner) {
    const Token bracket = cursor_.Take();
    constexpr std::string_view kWanted = "number, duration, step(), or range()";
    ASSIGN_OR_RETURN(DurationSpec range,
                     ParsePositiveDuration(cursor_, "subquery or range selector", kWanted));
    const Place place{inner->place.begin, 0};
    if (cursor_.TakeOperator(":")) {
      Subquery subquery;
      subquery.range = std::move(range);
      if (!cursor_.IsOperator("]")) {
        ASSIGN_OR_RETURN(subquery.step,
                         ParsePositiveDuration(cursor_, "a subquery",
                                               "number, duration, step(), range(), or \"]\""));
      }
      RETURN_IF_ERROR(cursor_.Want("]", "a subquery", "\"]\""));
      subquery.argument = std::move(inner);
      return MakeExpr(std::move(subquery), ValueType::kMatrix, From(place.begin));
    }
    RETURN_IF_ERROR(cursor_.Want("]", "a range or subquery", "\":\" or \"]\""));
    auto* selector = std::get_if<Selector>(&inner->node);
    std::string_view finding;
    if (selector == nullptr || selector->range) {
      finding = "a range stands behind a selector; behind another expression write [RANGE:STEP]";
    } else if (selector->offset.ms != 0 || selector->offset.expr) {
      finding = "the range stands before offset, not behind it";
    } else if (selector->at.kind != AtKind::kNone) {
      finding = "the range stands before @, not behind it";
    }
    if (!finding.empty()) return cursor_.Error({bracket.begin, cursor_.last_end()}, finding);
    selector->range = std::move(range);
    inner->type = ValueType::kMatrix;
    inner->place.end = cursor_.last_end();
    return inner;
  }

  Status ParseOffsetOf(Expr& expr) {
    ASSIGN_OR_RETURN(DurationSpec parsed, ParseOffset(cursor_));
    DurationSpec* offset = nullptr;
    if (auto* selector = std::get_if<Selector>(&expr.node)) offset = &selector->offset;
    if (auto* subquery = std::get_if<Subquery>(&expr.node)) offset = &subquery->offset;
    if (offset == nullptr)
      return cursor_.Error(expr.place, "offset stands behind a selector or a subquery");
    if (offset->ms != 0 || offset->expr)
      return cursor_.Error(expr.place, "a second offset: one is allowed");
    *offset = std::move(parsed);
    expr.place.end = cursor_.last_end();
    return {};
  }

  // A time, start() or end().
  Result<At> ParseAtTime(const Expr& expr) {
    if (cursor_.IsKeyword("start") || cursor_.IsKeyword("end")) {
      const bool start = cursor_.Take().text == "start";
      RETURN_IF_ERROR(cursor_.Want("(", "@", "\"(\""));
      RETURN_IF_ERROR(cursor_.Want(")", "@", "\")\""));
      return At{start ? AtKind::kStart : AtKind::kEnd, 0};
    }
    const double sign = cursor_.TakeOperator("-") ? -1 : 1;
    if (sign > 0) cursor_.TakeOperator("+");
    const Token number = cursor_.Peek();
    if (number.kind != TokenKind::kNumber && number.kind != TokenKind::kDuration)
      return cursor_.Unexpected("@", "a time in seconds, start() or end()");
    cursor_.Take();
    ASSIGN_OR_RETURN(double seconds, SecondsOf(cursor_, number));
    seconds *= sign;
    constexpr double kBound = 9223372036854775.807;  // milliseconds in 64 bits
    if (!(std::abs(seconds) < kBound))
      return cursor_.Error(
          expr.place,
          fmt::format("@ {:f}: the time does not fit 64 bits of milliseconds", seconds));
    return At{AtKind::kTime, static_cast<int64_t>(std::round(seconds * 1000))};
  }

  Status ParseAt(Expr& expr) {
    ASSIGN_OR_RETURN(const At parsed, ParseAtTime(expr));
    At* at = nullptr;
    if (auto* selector = std::get_if<Selector>(&expr.node)) at = &selector->at;
    if (auto* subquery = std::get_if<Subquery>(&expr.node)) at = &subquery->at;
    if (at == nullptr) return cursor_.Error(expr.place, "@ stands behind a selector or a subquery");
    if (at->kind != AtKind::kNone) return cursor_.Error(expr.place, "a second @: one is allowed");
    *at = parsed;
    expr.place.end = cursor_.last_end();
    return {};
  }

  Status ParseExtension(Expr& expr) {
    const Token word = cursor_.Take();
    if (!options_.extended_range_selectors)
      return cursor_.Error(expr.place,
                           word.text + " wants --enable-feature=promql-extended-range-selectors");
    auto* selector = std::get_if<Selector>(&expr.node);
    if (selector == nullptr) {
      const bool subquery = std::holds_alternative<Subquery>(expr.node);
      return cursor_.Error(
          expr.place, word.text + (subquery ? " stands behind a selector, not behind a subquery"
                                            : " stands behind a selector"));
    }
    (word.text == "anchored" ? selector->anchored : selector->smoothed) = true;
    if (selector->anchored && selector->smoothed)
      return cursor_.Error(expr.place, "a selector is either anchored or smoothed");
    return {};
  }

  Result<ExprPtr> ParsePrimary() {
    const Token token = cursor_.Peek();
    const Place place{token.begin, token.end};
    switch (token.kind) {
      case TokenKind::kNumber:
      case TokenKind::kDuration: {
        cursor_.Take();
        ASSIGN_OR_RETURN(const double value, SecondsOf(cursor_, token));
        return MakeExpr(NumberLiteral{value, token.kind == TokenKind::kDuration},
                        ValueType::kScalar, place);
      }
      case TokenKind::kString:
        cursor_.Take();
        return MakeExpr(StringLiteral{token.text}, ValueType::kString, place);
      case TokenKind::kOperator:
        if (cursor_.TakeOperator("(")) return ParseParentheses(token.begin);
        if (cursor_.IsOperator("{")) return ParseSelector();
        return cursor_.Unexpected("", "");
      case TokenKind::kKeyword:
        return ParseKeyword(token);
      case TokenKind::kIdentifier:
        return Follows("(") ? ParseCall() : ParseSelector();
      case TokenKind::kMetricIdentifier:
        return ParseSelector();
      case TokenKind::kEnd:
      case TokenKind::kError:
        break;
    }
    return cursor_.Unexpected("", "");
  }

  bool Follows(std::string_view text) const {
    const Token& next = cursor_.Peek(1);
    return (next.kind == TokenKind::kOperator || next.kind == TokenKind::kKeyword) &&
           next.text == text;
  }

  // A word of the language begins an aggregation or a call, or else is the name of a metric.
  Result<ExprPtr> ParseKeyword(const Token& token) {
    const auto aggregate = AggregateOf(token);
    if (aggregate && (Follows("(") || Follows("by") || Follows("without")))
      return ParseAggregate(*aggregate);
    if (Contains(kFunctionWords, token.text) && Follows("(")) return ParseCall();
    if (Contains(kNoMetricNames, token.text)) return cursor_.Unexpected("", "");
    return ParseSelector();
  }

  Result<ExprPtr> ParseParentheses(size_t begin) {
    ASSIGN_OR_RETURN(ExprPtr inner, ParseBinary(0));
    RETURN_IF_ERROR(cursor_.Want(")", "", "an operator or \")\""));
    const ValueType type = inner->type;
    return MakeExpr(Parentheses{std::move(inner)}, type, From(begin));
  }

  Result<ExprPtr> ParseSelector() {
    const size_t begin = cursor_.Peek().begin;
    Selector selector;
    if (!cursor_.IsOperator("{")) selector.name = cursor_.Take().text;
    if (cursor_.IsOperator("{")) {
      ASSIGN_OR_RETURN(selector.matchers, ParseBraces(cursor_));
    }
    if (!selector.name.empty()) {
      ASSIGN_OR_RETURN(Matcher name,
                       Matcher::Make(Matcher::Op::kEqual, std::string(kMetricName), selector.name));
      selector.matchers.push_back(std::move(name));
    }
    return MakeExpr(std::move(selector), ValueType::kVector, From(begin));
  }

  Result<std::vector<ExprPtr>> ParseArguments(std::string_view context) {
    RETURN_IF_ERROR(cursor_.Want("(", context, "\"(\""));
    std::vector<ExprPtr> arguments;
    if (cursor_.TakeOperator(")")) return arguments;
    for (;;) {
      ASSIGN_OR_RETURN(ExprPtr argument, ParseBinary(0));
      arguments.push_back(std::move(argument));
      if (cursor_.TakeOperator(")")) return arguments;
      RETURN_IF_ERROR(cursor_.Want(",", context, "\",\" or \")\""));
      if (cursor_.IsOperator(")"))
        return cursor_.Error({cursor_.Peek().begin, cursor_.Peek().end},
                             "want another argument behind the comma");
    }
  }

  Result<ExprPtr> ParseCall() {
    const Token name = cursor_.Take();
    const FunctionRow* function = FindFunction(name.text);
    if (function == nullptr)
      return cursor_.Error({name.begin, name.end},
                           fmt::format("no function is called {}", Quote(name.text)));
    if (function->experimental && !options_.experimental_functions)
      return cursor_.Error(
          {name.begin, name.end},
          fmt::format("{} wants --enable-feature=promql-experimental-functions", name.text));
    Call call{function, {}};
    ASSIGN_OR_RETURN(call.arguments, ParseArguments("a call"));
    return MakeExpr(std::move(call), function->returns, From(name.begin));
  }

  Result<bool> ParseGrouping(Aggregate& aggregate) {
    if (!cursor_.IsKeyword("by") && !cursor_.IsKeyword("without")) return false;
    aggregate.without = cursor_.Take().text == "without";
    ASSIGN_OR_RETURN(aggregate.labels, ParseLabelList(cursor_));
    return true;
  }

  Result<ExprPtr> ParseAggregate(AggregateOp op) {
    const Token name = cursor_.Take();
    Aggregate aggregate{.op = op};
    ASSIGN_OR_RETURN(const bool grouped, ParseGrouping(aggregate));
    ASSIGN_OR_RETURN(std::vector<ExprPtr> arguments, ParseArguments("an aggregation"));
    if (!grouped) RETURN_IF_ERROR(ParseGrouping(aggregate).status());
    const Place place = From(name.begin);
    if (arguments.empty())
      return cursor_.Error(place,
                           fmt::format("{} wants an expression to aggregate", AggregateName(op)));
    const bool experimental = op == AggregateOp::kLimitK || op == AggregateOp::kLimitRatio;
    if (experimental && !options_.experimental_functions)
      return cursor_.Error(place,
                           fmt::format("{} wants --enable-feature=promql-experimental-functions",
                                       AggregateName(op)));
    const size_t wanted = HasParameter(op) ? 2 : 1;
    if (arguments.size() != wanted)
      return cursor_.Error(place, fmt::format("{} wants {} argument{}, got {}", AggregateName(op),
                                              wanted, wanted == 1 ? "" : "s", arguments.size()));
    if (wanted == 2) aggregate.parameter = std::move(arguments[0]);
    aggregate.argument = std::move(arguments.back());
    return MakeExpr(std::move(aggregate), ValueType::kVector, place);
  }

  TokenCursor cursor_;
  const ParserOptions options_;
};

}  // namespace

Result<ExprPtr> Parse(std::string_view query, const ParserOptions& options) {
  if (query.size() > kMaxQueryBytes)
    return InvalidArgument("query of ", std::to_string(query.size()), " bytes is too long");
  ASSIGN_OR_RETURN(ExprPtr expr, Parser(query, options).ParseQuery());
  RETURN_IF_ERROR(CheckTypes(query, *expr));
  return expr;
}

Result<std::vector<storage::Matcher>> ParseMatchers(std::string_view selector) {
  ASSIGN_OR_RETURN(const ExprPtr expr, Parse(selector));
  auto* parsed = std::get_if<Selector>(&expr->node);
  const bool plain = parsed != nullptr && expr->type == ValueType::kVector &&
                     parsed->offset.ms == 0 && !parsed->offset.expr &&
                     parsed->at.kind == AtKind::kNone;
  if (!plain)
    return InvalidArgument("want a selector such as up{job=\"a\"}, got ", Quote(selector));
  return std::move(parsed->matchers);
}

}  // namespace narthex::promql
