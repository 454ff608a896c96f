#include "server/promql/duration_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/bytes/duration.h"
#include "common/bytes/numbers.h"

namespace narthex::promql {
namespace {

using Op = DurationExpr::Op;

constexpr double kMaxSeconds = 9223372036.854775807;  // what 64 bits hold in nanoseconds

struct Row {
  std::string_view text;
  Op op;
  int precedence;
};
constexpr Row kRows[] = {{"+", Op::kAdd, 1},    {"-", Op::kSubtract, 1}, {"*", Op::kMultiply, 2},
                         {"/", Op::kDivide, 2}, {"%", Op::kModulo, 2},   {"^", Op::kPower, 3}};
constexpr int kUnaryPrecedence = 2;

DurationExprPtr Make(Op op, DurationExprPtr left, DurationExprPtr right, Place place) {
  auto expr = std::make_unique<DurationExpr>();
  expr->op = op;
  expr->left = std::move(left);
  expr->right = std::move(right);
  expr->place = place;
  return expr;
}

bool OutOfRange(double seconds) { return seconds > kMaxSeconds || seconds < -kMaxSeconds; }

class DurationParser {
 public:
  explicit DurationParser(TokenCursor& cursor) : cursor_(cursor) {}

  Result<DurationExprPtr> ParseBinary(int least_precedence) {
    const int outer = cursor_.depth();
    RETURN_IF_ERROR(cursor_.Enter());
    ASSIGN_OR_RETURN(DurationExprPtr left, ParseOperand());
    for (;;) {
      const Row* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& candidate) {
        return cursor_.IsOperator(candidate.text);
      });
      if (row == std::end(kRows) || row->precedence <= least_precedence) break;
      RETURN_IF_ERROR(cursor_.Enter());
      const Token op = cursor_.Take();
      const int binding = row->op == Op::kPower ? row->precedence - 1 : row->precedence;
      ASSIGN_OR_RETURN(DurationExprPtr right, ParseBinary(binding));
      const bool divides = row->op == Op::kDivide || row->op == Op::kModulo;
      if (divides && right->op == Op::kNumber && right->seconds == 0)
        return cursor_.Error({op.begin, op.end}, "a duration divided by zero");
      const Place place{left->place.begin, right->place.end};
      left = Make(row->op, std::move(left), std::move(right), place);
    }
    cursor_.Leave(cursor_.depth() - outer);
    return left;
  }

  Result<DurationExprPtr> ParseOperand() {
    const Token& next = cursor_.Peek();
    if (next.kind == TokenKind::kNumber || next.kind == TokenKind::kDuration) return ParseNumber();
    if (next.kind == TokenKind::kKeyword) return ParseCall();
    if (cursor_.IsOperator("+") || cursor_.IsOperator("-")) {
      const Token sign = cursor_.Take();
      ASSIGN_OR_RETURN(DurationExprPtr operand, ParseBinary(kUnaryPrecedence));
      return Signed(sign, std::move(operand));
    }
    if (cursor_.TakeOperator("(")) return ParseParentheses(next.begin);
    return cursor_.Unexpected("", "a duration");
  }

  // A sign before a number makes another number.
  static DurationExprPtr Signed(const Token& sign, DurationExprPtr operand) {
    const bool negative = sign.text == "-";
    const Place place{sign.begin, operand->place.end};
    if (operand->op == Op::kNumber) {
      if (negative) operand->seconds = -operand->seconds;
      operand->place = place;
      return operand;
    }
    if (!negative) return operand;
    return Make(Op::kMinus, nullptr, std::move(operand), place);
  }

 private:
  Result<DurationExprPtr> ParseNumber() {
    const Token token = cursor_.Take();
    ASSIGN_OR_RETURN(const double seconds, SecondsOf(cursor_, token));
    if (OutOfRange(seconds))
      return cursor_.Error({token.begin, token.end},
                           "the duration does not fit 64 bits of milliseconds");
    DurationExprPtr expr = Make(Op::kNumber, nullptr, nullptr, {token.begin, token.end});
    expr->seconds = seconds;
    expr->as_duration = token.kind == TokenKind::kDuration;
    return expr;
  }

  Result<DurationExprPtr> ParseCall() {
    const Token& word = cursor_.Peek();
    const bool two = word.text == "min_of" || word.text == "max_of";
    if (!two && word.text != "step" && word.text != "range")
      return cursor_.Unexpected("", "a duration");
    const Token name = cursor_.Take();
    RETURN_IF_ERROR(cursor_.Want("(", "a duration", "\"(\""));
    DurationExprPtr left;
    DurationExprPtr right;
    if (two) {
      ASSIGN_OR_RETURN(left, ParseBinary(0));
      RETURN_IF_ERROR(cursor_.Want(",", "a duration", "\",\""));
      ASSIGN_OR_RETURN(right, ParseBinary(0));
    }
    RETURN_IF_ERROR(cursor_.Want(")", "a duration", "\")\""));
    const Op op = name.text == "step"     ? Op::kStep
                  : name.text == "range"  ? Op::kRange
                  : name.text == "min_of" ? Op::kMinOf
                                          : Op::kMaxOf;
    return Make(op, std::move(left), std::move(right), {name.begin, cursor_.last_end()});
  }

  Result<DurationExprPtr> ParseParentheses(size_t begin) {
    ASSIGN_OR_RETURN(DurationExprPtr inner, ParseBinary(0));
    RETURN_IF_ERROR(cursor_.Want(")", "a duration", "\")\""));
    if (inner->op == Op::kNumber)
      inner = Make(Op::kPlus, nullptr, std::move(inner), {begin, cursor_.last_end()});
    inner->parenthesised = true;
    return inner;
  }

  TokenCursor& cursor_;
};

// Seconds to milliseconds as the reference converts: by way of whole nanoseconds, cut.
int64_t PlainMs(double seconds) {
  const double nanoseconds = std::round(seconds * 1e9);
  constexpr double kMost = 9.2233720368547748e18;
  return static_cast<int64_t>(std::clamp(nanoseconds, -kMost, kMost)) / 1'000'000;
}

DurationSpec SpecOf(DurationExprPtr expr) {
  if (expr->op == Op::kNumber) return {PlainMs(expr->seconds), nullptr};
  return {0, std::move(expr)};
}

Status BadDuration(Place place, std::string_view finding) {
  return InvalidArgument(fmt::format("{}:{}: {}", place.begin, place.end, finding));
}

Result<double> Seconds(const DurationExpr& expr, double step_s, double range_s) {
  double left = 0;
  double right = 0;
  if (expr.left) {
    ASSIGN_OR_RETURN(left, Seconds(*expr.left, step_s, range_s));
  }
  if (expr.right) {
    ASSIGN_OR_RETURN(right, Seconds(*expr.right, step_s, range_s));
  }
  switch (expr.op) {
    case Op::kNumber:
      return expr.seconds;
    case Op::kStep:
      return step_s;
    case Op::kRange:
      return range_s;
    case Op::kMinOf:
      return std::isnan(left) || std::isnan(right) ? NAN : std::min(left, right);
    case Op::kMaxOf:
      return std::isnan(left) || std::isnan(right) ? NAN : std::max(left, right);
    case Op::kAdd:
      return left + right;
    case Op::kSubtract:
      return left - right;
    case Op::kMultiply:
      return left * right;
    case Op::kDivide:
      if (right == 0) return BadDuration(expr.place, "division by zero");
      return left / right;
    case Op::kModulo:
      if (right == 0) return BadDuration(expr.place, "modulo by zero");
      return std::fmod(left, right);
    case Op::kPower:
      return std::pow(left, right);
    case Op::kPlus:
      return right;
    case Op::kMinus:
      return -right;
  }
  return 0.0;
}

}  // namespace

std::optional<double> NumberValue(std::string_view text) {
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  int base = 10;
  size_t prefix = 0;
  if (digits.size() > 1 && digits[0] == '0') {
    const char kind = static_cast<char>(digits[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
    prefix = kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1;
  }
  int64_t whole = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data() + prefix, end, whole, base);
  if (read.ec == std::errc() && read.ptr == end) return static_cast<double>(whole);
  return ParseDouble(digits);
}

Result<double> SecondsOf(const TokenCursor& cursor, const Token& token) {
  if (token.kind == TokenKind::kDuration) {
    const auto duration = ParseDuration(token.text);
    if (!duration.ok()) return cursor.Error({token.begin, token.end}, duration.message());
    return duration->seconds();
  }
  const auto value = NumberValue(token.text);
  if (!value) return cursor.Error({token.begin, token.end}, Quote(token.text) + " is no number");
  return *value;
}

Result<DurationSpec> ParsePositiveDuration(TokenCursor& cursor, std::string_view context,
                                           std::string_view wanted) {
  const Token& next = cursor.Peek();
  const bool begins = next.kind == TokenKind::kNumber || next.kind == TokenKind::kDuration ||
                      next.kind == TokenKind::kKeyword || cursor.IsOperator("(") ||
                      cursor.IsOperator("+") || cursor.IsOperator("-");
  if (!begins) return cursor.Unexpected(context, wanted);
  ASSIGN_OR_RETURN(DurationExprPtr expr, DurationParser(cursor).ParseBinary(0));
  if (expr->op == Op::kNumber && !(expr->seconds > 0))
    return cursor.Error(expr->place, "want a duration above zero");
  return SpecOf(std::move(expr));
}

Result<DurationSpec> ParseOffset(TokenCursor& cursor) {
  const Token& next = cursor.Peek();
  const bool begins = next.kind == TokenKind::kNumber || next.kind == TokenKind::kDuration ||
                      next.kind == TokenKind::kKeyword || cursor.IsOperator("(") ||
                      cursor.IsOperator("+") || cursor.IsOperator("-");
  if (!begins) return cursor.Unexpected("offset", "a number, a duration, step() or range()");
  DurationParser parser(cursor);
  if (!cursor.IsOperator("+") && !cursor.IsOperator("-")) {
    ASSIGN_OR_RETURN(DurationExprPtr expr, parser.ParseOperand());
    return SpecOf(std::move(expr));
  }
  const Token sign = cursor.Take();
  ASSIGN_OR_RETURN(DurationExprPtr operand, parser.ParseOperand());
  return SpecOf(DurationParser::Signed(sign, std::move(operand)));
}

Result<int64_t> EvaluateDuration(const DurationExpr& expr, double step_s, double range_s,
                                 bool negative_allowed) {
  ASSIGN_OR_RETURN(const double seconds, Seconds(expr, step_s, range_s));
  if (!std::isfinite(seconds)) return BadDuration(expr.place, "duration is NaN or infinite");
  if (seconds <= 0 && !negative_allowed)
    return BadDuration(expr.place, "want a duration above zero");
  if (OutOfRange(seconds)) return BadDuration(expr.place, "duration is out of range");
  return static_cast<int64_t>(seconds * 1000);
}

}  // namespace narthex::promql
