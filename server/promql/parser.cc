#include "server/promql/parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "common/bytes/duration.h"
#include "common/bytes/numbers.h"
#include "common/labels/label_set.h"
#include "server/promql/functions.h"
#include "server/promql/lexer.h"

namespace narthex::promql {
namespace {

using storage::Matcher;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

struct AggregateRow {
  std::string_view name;
  AggregateOp op;
};
constexpr AggregateRow kAggregates[] = {
    {"sum", AggregateOp::kSum}, {"avg", AggregateOp::kAvg},     {"min", AggregateOp::kMin},
    {"max", AggregateOp::kMax}, {"count", AggregateOp::kCount}, {"topk", AggregateOp::kTopK}};

struct BinaryRow {
  std::string_view text;
  BinaryOp op;
  int precedence;
  bool right_associative = false;
};
constexpr BinaryRow kBinaries[] = {
    {"==", BinaryOp::kEqual, 1},   {"!=", BinaryOp::kNotEqual, 1},
    {"<", BinaryOp::kLess, 1},     {"<=", BinaryOp::kLessOrEqual, 1},
    {">", BinaryOp::kGreater, 1},  {">=", BinaryOp::kGreaterOrEqual, 1},
    {"+", BinaryOp::kAdd, 2},      {"-", BinaryOp::kSubtract, 2},
    {"*", BinaryOp::kMultiply, 3}, {"/", BinaryOp::kDivide, 3},
    {"%", BinaryOp::kModulo, 3},   {"^", BinaryOp::kPower, 4, true}};
constexpr int kUnaryPrecedence = 4;  // -1^2 is -(1^2)

// Of the language, but not evaluated here.
constexpr std::string_view kUnsupportedWords[] = {"and",     "or",       "unless", "atan2",
                                                  "stddev",  "stdvar",   "group",  "count_values",
                                                  "bottomk", "quantile", "limitk", "limit_ratio"};

template <typename Row, size_t kCount>
const Row* FindByText(const Row (&rows)[kCount], std::string_view text,
                      std::string_view Row::*key) {
  const auto found = std::find_if(std::begin(rows), std::end(rows),
                                  [&](const Row& row) { return row.*key == text; });
  return found == std::end(rows) ? nullptr : &*found;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Result<ExprPtr> ParseQuery() {
    if (Peek().kind == TokenKind::kEnd) return Error(Peek(), "no expression found in input");
    ASSIGN_OR_RETURN(ExprPtr expr, ParseBinary(0));
    if (Peek().kind != TokenKind::kEnd) return Unexpected("expression");
    return expr;
  }

 private:
  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Token Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool IsOperator(std::string_view text) const {
    return Peek().kind == TokenKind::kOperator && Peek().text == text;
  }
  bool TakeOperator(std::string_view text) {
    if (!IsOperator(text)) return false;
    Take();
    return true;
  }
  bool IsWord(std::string_view word) const {
    return Peek().kind == TokenKind::kIdentifier && Lower(Peek().text) == word;
  }
  bool TakeWord(std::string_view word) {
    if (!IsWord(word)) return false;
    Take();
    return true;
  }

  Status Error(const Token& token, std::string_view finding) const {
    return ErrorAt(text_, token.begin, finding);
  }
  Status Unexpected(std::string_view where) const {
    const Token& token = Peek();
    const std::string shown = token.kind == TokenKind::kEnd
                                  ? "end of input"
                                  : Quote(text_.substr(token.begin, token.end - token.begin));
    return Error(token, fmt::format("unexpected {} in {}", shown, where));
  }
  Status Want(std::string_view text, std::string_view where) {
    if (TakeOperator(text)) return {};
    const Status unexpected = Unexpected(where);
    return InvalidArgument(unexpected.message(), ", expected ", Quote(text));
  }

  template <typename Node>
  ExprPtr Make(Node node, ValueType type, size_t begin) const {
    const size_t end = at_ > 0 ? tokens_[at_ - 1].end : begin;
    return std::make_unique<Expr>(Expr{std::move(node), type, begin, end});
  }

  // The tree is evaluated and destroyed by recursion: its depth is bounded, long chains included.
  Status CheckDepth(int depth) const {
    if (depth <= kMaxQueryDepth) return {};
    return Error(Peek(), fmt::format("expression is nested deeper than {} levels", kMaxQueryDepth));
  }

  Result<ExprPtr> ParseBinary(int least_precedence) {
    const int outer = depth_;
    RETURN_IF_ERROR(CheckDepth(++depth_));
    const size_t begin = Peek().begin;
    ASSIGN_OR_RETURN(ExprPtr left, ParseUnary());
    for (;;) {
      RETURN_IF_ERROR(RefuseUnsupportedOperator());
      const BinaryRow* row = Peek().kind == TokenKind::kOperator
                                 ? FindByText(kBinaries, Peek().text, &BinaryRow::text)
                                 : nullptr;
      if (row == nullptr || row->precedence <= least_precedence) break;
      RETURN_IF_ERROR(CheckDepth(++depth_));
      const Token op = Take();
      Binary binary{.op = row->op};
      bool explicit_matching = false;
      RETURN_IF_ERROR(ParseModifiers(op, binary, explicit_matching));
      ASSIGN_OR_RETURN(binary.right,
                       ParseBinary(row->precedence - (row->right_associative ? 1 : 0)));
      binary.left = std::move(left);
      ASSIGN_OR_RETURN(const ValueType type, CheckBinary(op, binary, explicit_matching));
      left = Make(std::move(binary), type, begin);
    }
    depth_ = outer;
    return left;
  }

  Status RefuseUnsupportedOperator() const {
    for (std::string_view word : {"and", "or", "unless", "atan2"}) {
      if (IsWord(word))
        return Error(Peek(), fmt::format("operator {} is not supported", Quote(word)));
    }
    return {};
  }

  // bool, on(…), ignoring(…), group_left(…), group_right(…).
  Status ParseModifiers(const Token& op, Binary& binary, bool& explicit_matching) {
    if (IsWord("bool")) {
      if (!IsComparison(binary.op))
        return Error(Peek(), "bool modifier can only be used on comparison operators");
      Take();
      binary.return_bool = true;
    }
    if (IsWord("on") || IsWord("ignoring")) {
      binary.on = Lower(Take().text) == "on";
      explicit_matching = true;
      RETURN_IF_ERROR(ParseLabelList(binary.labels));
    }
    if (!IsWord("group_left") && !IsWord("group_right")) return {};
    if (!explicit_matching)
      return Error(op, "group_left and group_right need on or ignoring before them");
    const Token group = Take();
    binary.cardinality =
        Lower(group.text) == "group_left" ? Cardinality::kManyToOne : Cardinality::kOneToMany;
    if (IsOperator("(")) RETURN_IF_ERROR(ParseLabelList(binary.included));
    for (const std::string& label : binary.included) {
      const bool matched =
          std::find(binary.labels.begin(), binary.labels.end(), label) != binary.labels.end();
      if (binary.on && matched)
        return Error(group, fmt::format("label {} must not occur in ON and GROUP clause at once",
                                        Quote(label)));
    }
    return {};
  }

  Result<ValueType> CheckBinary(const Token& op, const Binary& binary,
                                bool explicit_matching) const {
    const ValueType left = binary.left->type;
    const ValueType right = binary.right->type;
    for (const ExprPtr* side : {&binary.left, &binary.right}) {
      if ((*side)->type == ValueType::kScalar || (*side)->type == ValueType::kVector) continue;
      return ErrorAt(text_, (*side)->begin,
                     "binary expression must contain only scalar and instant vector types");
    }
    const bool both_scalars = left == ValueType::kScalar && right == ValueType::kScalar;
    if (both_scalars && IsComparison(binary.op) && !binary.return_bool) {
      return Error(op, "comparisons between scalars must use BOOL modifier");
    }
    const bool both_vectors = left == ValueType::kVector && right == ValueType::kVector;
    if (explicit_matching && !both_vectors)
      return Error(op, "vector matching only allowed between instant vectors");
    return both_scalars ? ValueType::kScalar : ValueType::kVector;
  }

  Result<ExprPtr> ParseUnary() {
    const Token& sign = Peek();
    if (!IsOperator("-") && !IsOperator("+")) return ParsePostfix();
    const size_t begin = sign.begin;
    const bool negate = Take().text == "-";
    RETURN_IF_ERROR(CheckDepth(++depth_));
    ASSIGN_OR_RETURN(ExprPtr argument, ParseBinary(kUnaryPrecedence - 1));
    if (argument->type != ValueType::kScalar && argument->type != ValueType::kVector) {
      return ErrorAt(text_, begin,
                     fmt::format("unary expression only allowed on expressions of type scalar or "
                                 "instant vector, got {}",
                                 Quote(ValueTypeName(argument->type))));
    }
    if (!negate) return argument;
    const ValueType type = argument->type;
    return Make(Negate{std::move(argument)}, type, begin);
  }

  // A primary with what may follow it: a range and an offset.
  Result<ExprPtr> ParsePostfix() {
    ASSIGN_OR_RETURN(ExprPtr expr, ParsePrimary());
    for (;;) {
      if (IsOperator("[")) {
        RETURN_IF_ERROR(ParseRange(*expr));
      } else if (IsWord("offset")) {
        RETURN_IF_ERROR(ParseOffset(*expr));
      } else if (IsOperator("@")) {
        return Error(Peek(), "modifier \"@\" is not supported");
      } else {
        return expr;
      }
      expr->end = tokens_[at_ - 1].end;
    }
  }

  Status ParseRange(Expr& expr) {
    const Token open = Take();
    ASSIGN_OR_RETURN(const Duration range, TakeDuration("range"));
    if (IsOperator(":")) return Error(open, "subqueries are not supported");
    RETURN_IF_ERROR(Want("]", "range"));
    auto* selector = std::get_if<Selector>(&expr.node);
    if (selector == nullptr || parenthesised_ == &expr)
      return Error(open, "ranges only allowed for vector selectors");
    if (selector->range_ms) return Error(open, "range given twice");
    if (offset_given_ == &expr) return Error(open, "no offset modifiers allowed before range");
    if (range.ms <= 0) return Error(open, "duration must be greater than 0");
    selector->range_ms = range.ms;
    expr.type = ValueType::kMatrix;
    return {};
  }

  Status ParseOffset(Expr& expr) {
    const Token word = Take();
    const bool negative = TakeOperator("-");
    ASSIGN_OR_RETURN(const Duration offset, TakeDuration("offset"));
    auto* selector = std::get_if<Selector>(&expr.node);
    if (selector == nullptr) {
      return Error(word,
                   "offset modifier must be preceded by an instant vector selector or range vector "
                   "selector");
    }
    if (offset_given_ == &expr) return Error(word, "offset may not be set multiple times");
    offset_given_ = &expr;
    selector->offset_ms = negative ? -offset.ms : offset.ms;
    return {};
  }

  // 5m, or a number of seconds.
  Result<Duration> TakeDuration(std::string_view where) {
    const Token token = Peek();
    if (token.kind == TokenKind::kDuration) return ParseDuration(Take().text);
    if (token.kind != TokenKind::kNumber) return Unexpected(where);
    const auto seconds = ParseNumber(Take().text);
    if (!seconds || !(*seconds < 9e15)) return Error(token, "duration out of range");
    return Duration{static_cast<int64_t>(*seconds * 1000)};
  }

  static std::optional<double> ParseNumber(const std::string& text) {
    if (text.size() > 2 && (text[1] | 0x20) == 'x') {
      const auto value = ParseDouble(text + "p0");
      return value;
    }
    return ParseDouble(text);
  }

  Result<ExprPtr> ParsePrimary() {
    const Token token = Peek();
    switch (token.kind) {
      case TokenKind::kNumber: {
        const auto value = ParseNumber(Take().text);
        if (!value) return Error(token, fmt::format("bad number {}", Quote(token.text)));
        return Make(NumberLiteral{*value}, ValueType::kScalar, token.begin);
      }
      case TokenKind::kDuration:
        return Make(NumberLiteral{ParseDuration(Take().text)->seconds()}, ValueType::kScalar,
                    token.begin);
      case TokenKind::kString:
        return Make(StringLiteral{Take().text}, ValueType::kString, token.begin);
      case TokenKind::kIdentifier:
        return ParseWord();
      case TokenKind::kOperator:
        break;
      case TokenKind::kEnd:
        return Unexpected("expression");
    }
    if (IsOperator("{")) return ParseSelector("");
    if (!TakeOperator("(")) return Unexpected("expression");
    ASSIGN_OR_RETURN(ExprPtr inner, ParseBinary(0));
    RETURN_IF_ERROR(Want(")", "parentheses"));
    inner->begin = token.begin;
    inner->end = tokens_[at_ - 1].end;
    parenthesised_ = inner.get();
    return inner;
  }

  // A name: of a metric, a function, an aggregation, or a number such as Inf.
  Result<ExprPtr> ParseWord() {
    const Token token = Peek();
    const std::string lower = Lower(token.text);
    const bool calls = Peek(1).kind == TokenKind::kOperator && Peek(1).text == "(";
    const bool groups = Peek(1).kind == TokenKind::kIdentifier &&
                        (Lower(Peek(1).text) == "by" || Lower(Peek(1).text) == "without");
    if (lower == "inf" || lower == "nan") {
      Take();
      const double value = lower == "inf" ? std::numeric_limits<double>::infinity()
                                          : std::numeric_limits<double>::quiet_NaN();
      return Make(NumberLiteral{value}, ValueType::kScalar, token.begin);
    }
    if (calls || groups) {
      if (const AggregateRow* row = FindByText(kAggregates, lower, &AggregateRow::name))
        return ParseAggregate(row->op);
      if (std::find(std::begin(kUnsupportedWords), std::end(kUnsupportedWords), lower) !=
          std::end(kUnsupportedWords)) {
        return Error(token, fmt::format("{} is not supported", Quote(lower)));
      }
    }
    if (calls) return ParseCall();
    Take();
    return ParseSelector(token.text);
  }

  Result<ExprPtr> ParseCall() {
    const Token name = Take();
    const FunctionRow* row = FindFunction(name.text);
    if (row == nullptr)
      return Error(name, fmt::format("unknown function with name {}", Quote(name.text)));
    ASSIGN_OR_RETURN(std::vector<ExprPtr> arguments, ParseArguments());
    if (arguments.size() != row->arguments.size()) {
      return Error(name, fmt::format("expected {} argument(s) in call to {}, got {}",
                                     row->arguments.size(), Quote(row->name), arguments.size()));
    }
    for (size_t i = 0; i < arguments.size(); ++i) {
      RETURN_IF_ERROR(WantType(*arguments[i], row->arguments[i],
                               fmt::format("call to function {}", Quote(row->name))));
    }
    return Make(Call{row, std::move(arguments)}, row->returns, name.begin);
  }

  Status WantType(const Expr& expr, ValueType type, const std::string& where) const {
    if (expr.type == type) return {};
    return ErrorAt(text_, expr.begin,
                   fmt::format("expected type {} in {}, got {}", ValueTypeName(type), where,
                               ValueTypeName(expr.type)));
  }

  Result<std::vector<ExprPtr>> ParseArguments() {
    RETURN_IF_ERROR(Want("(", "call"));
    std::vector<ExprPtr> arguments;
    if (TakeOperator(")")) return arguments;
    for (;;) {
      ASSIGN_OR_RETURN(ExprPtr argument, ParseBinary(0));
      arguments.push_back(std::move(argument));
      if (TakeOperator(")")) return arguments;
      RETURN_IF_ERROR(Want(",", "call"));
    }
  }

  // sum by (a) (x), sum(x) by (a), topk(3, x).
  Result<ExprPtr> ParseAggregate(AggregateOp op) {
    const Token name = Take();
    Aggregate aggregate{.op = op};
    bool grouped = false;
    RETURN_IF_ERROR(ParseGrouping(aggregate, grouped));
    ASSIGN_OR_RETURN(std::vector<ExprPtr> arguments, ParseArguments());
    if (!grouped) RETURN_IF_ERROR(ParseGrouping(aggregate, grouped));
    const size_t wanted = op == AggregateOp::kTopK ? 2 : 1;
    if (arguments.size() != wanted) {
      return Error(
          name,
          fmt::format(
              "wrong number of arguments for aggregate expression provided, expected {}, got {}",
              wanted, arguments.size()));
    }
    if (wanted == 2) {
      RETURN_IF_ERROR(WantType(*arguments[0], ValueType::kScalar, "aggregation parameter"));
      aggregate.parameter = std::move(arguments[0]);
    }
    RETURN_IF_ERROR(WantType(*arguments.back(), ValueType::kVector, "aggregation expression"));
    aggregate.argument = std::move(arguments.back());
    return Make(std::move(aggregate), ValueType::kVector, name.begin);
  }

  Status ParseGrouping(Aggregate& aggregate, bool& grouped) {
    if (!IsWord("by") && !IsWord("without")) return {};
    grouped = true;
    aggregate.without = Lower(Take().text) == "without";
    return ParseLabelList(aggregate.labels);
  }

  Status ParseLabelList(std::vector<std::string>& labels) {
    RETURN_IF_ERROR(Want("(", "label list"));
    while (!TakeOperator(")")) {
      const Token token = Peek();
      const bool word = token.kind == TokenKind::kIdentifier && IsLegacyLabelName(token.text);
      if (!word && token.kind != TokenKind::kString) return Unexpected("label list");
      labels.push_back(Take().text);
      if (!IsOperator(")")) RETURN_IF_ERROR(Want(",", "label list"));
    }
    return {};
  }

  Result<ExprPtr> ParseSelector(const std::string& metric) {
    const size_t begin = metric.empty() ? Peek().begin : tokens_[at_ - 1].begin;
    Selector selector;
    if (!metric.empty())
      RETURN_IF_ERROR(
          AddMatcher(selector, Matcher::Op::kEqual, std::string(kMetricName), metric, begin));
    if (TakeOperator("{")) {
      while (!TakeOperator("}")) {
        RETURN_IF_ERROR(ParseMatcher(selector, metric));
        if (!IsOperator("}")) RETURN_IF_ERROR(Want(",", "label matching"));
      }
    }
    const bool selective =
        std::any_of(selector.matchers.begin(), selector.matchers.end(),
                    [](const Matcher& matcher) { return !matcher.MatchesEmpty(); });
    if (!selective)
      return ErrorAt(text_, begin, "vector selector must contain at least one non-empty matcher");
    return Make(std::move(selector), ValueType::kVector, begin);
  }

  Status ParseMatcher(Selector& selector, const std::string& metric) {
    constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
    const Token name = Peek();
    const bool quoted = name.kind == TokenKind::kString;
    if (!quoted && !(name.kind == TokenKind::kIdentifier && IsLegacyLabelName(name.text)))
      return Unexpected("label matching");
    Take();
    const auto op = std::find(std::begin(kOps), std::end(kOps), Peek().text);
    if (Peek().kind != TokenKind::kOperator || op == std::end(kOps)) {
      if (!quoted) return Unexpected("label matching");
      const bool named =
          !metric.empty() ||
          std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& m) {
            return m.name() == kMetricName && m.op() == Matcher::Op::kEqual;
          });
      if (named) return Error(name, "metric name must not be set twice");
      return AddMatcher(selector, Matcher::Op::kEqual, std::string(kMetricName), name.text,
                        name.begin);
    }
    Take();
    if (Peek().kind != TokenKind::kString) return Unexpected("label matching");
    const bool renames = !metric.empty() && name.text == kMetricName && *op == "=";
    if (renames)
      return Error(name, fmt::format("metric name must not be set twice: {} or {}", Quote(metric),
                                     Quote(Peek().text)));
    return AddMatcher(selector, static_cast<Matcher::Op>(op - std::begin(kOps)), name.text,
                      Take().text, name.begin);
  }

  Status AddMatcher(Selector& selector, Matcher::Op op, std::string name, std::string value,
                    size_t at) const {
    auto matcher = Matcher::Make(op, std::move(name), std::move(value));
    if (!matcher.ok()) return ErrorAt(text_, at, matcher.message());
    selector.matchers.push_back(*std::move(matcher));
    return {};
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  const Expr* parenthesised_ = nullptr;  // the last expression that ended in a parenthesis
  const Expr* offset_given_ = nullptr;   // the last selector that got an offset
};

}  // namespace

std::string_view ValueTypeName(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "instant vector";
    case ValueType::kMatrix:
      return "range vector";
    case ValueType::kString:
      return "string";
  }
  return "unknown";
}

Result<ExprPtr> Parse(std::string_view query) {
  if (query.size() > kMaxQueryBytes)
    return InvalidArgument("query of ", std::to_string(query.size()), " bytes is too long");
  ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(query));
  return Parser(query, std::move(tokens)).ParseQuery();
}

Result<std::vector<storage::Matcher>> ParseMatchers(std::string_view selector) {
  ASSIGN_OR_RETURN(const ExprPtr expr, Parse(selector));
  auto* parsed = std::get_if<Selector>(&expr->node);
  if (parsed == nullptr || expr->type != ValueType::kVector || parsed->offset_ms != 0) {
    return InvalidArgument("want a selector such as up{job=\"a\"}, got ", Quote(selector));
  }
  return std::move(parsed->matchers);
}

}  // namespace narthex::promql
