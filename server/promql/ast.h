// A parsed and type-checked PromQL expression.
#ifndef NARTHEX_SERVER_PROMQL_AST_H_
#define NARTHEX_SERVER_PROMQL_AST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/storage/matcher.h"

namespace narthex::promql {

enum class ValueType : unsigned char { kScalar, kVector, kMatrix, kString };
std::string_view ValueTypeName(ValueType type);  // "scalar", "instant vector", …

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

// Bytes of the query text.
struct Place {
  size_t begin = 0;
  size_t end = 0;
};

// A duration that is computed: [5m * 2], offset -(step() + 1m).
struct DurationExpr {
  enum class Op : unsigned char {
    kNumber,
    kStep,
    kRange,
    kMinOf,
    kMaxOf,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kModulo,
    kPower,
    kPlus,   // unary, of `right`
    kMinus,  // unary, of `right`
  };

  Op op = Op::kNumber;
  double seconds = 0;        // of kNumber
  bool as_duration = false;  // whether the number was written as a duration
  bool parenthesised = false;
  std::unique_ptr<DurationExpr> left;
  std::unique_ptr<DurationExpr> right;
  Place place;
};
using DurationExprPtr = std::unique_ptr<DurationExpr>;

// A duration as written: a plain one, or an expression that is computed when the query's step and
// range are known.
struct DurationSpec {
  int64_t ms = 0;
  DurationExprPtr expr;  // null for a plain one
};

// What @ says.
enum class AtKind : unsigned char { kNone, kTime, kStart, kEnd };
struct At {
  AtKind kind = AtKind::kNone;
  int64_t time_ms = 0;  // of kTime
};

struct NumberLiteral {
  double value = 0;
  bool as_duration = false;  // written 5m rather than 300
};

struct StringLiteral {
  std::string value;
};

// name{job="a"} offset 5m @ 100, and with a range name{…}[5m].
struct Selector {
  std::string name;  // written before the braces; matchers hold it too
  std::vector<storage::Matcher> matchers;
  std::optional<DurationSpec> range;
  DurationSpec offset;
  At at;
  bool anchored = false;
  bool smoothed = false;
  bool statistics_only = false;  // of histograms, only count and sum matter; set by Prepare()
};

// expr[1h:5m]
struct Subquery {
  ExprPtr argument;
  DurationSpec range;
  DurationSpec step;  // 0 and no expression: the default
  DurationSpec offset;
  At at;
};

struct FunctionRow;
struct Call {
  const FunctionRow* function;
  std::vector<ExprPtr> arguments;
};

std::string_view FunctionName(const Call& call);

enum class AggregateOp : unsigned char {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kGroup,
  kStddev,
  kStdvar,
  kTopK,
  kBottomK,
  kCountValues,
  kQuantile,
  kLimitK,
  kLimitRatio,
};
std::string_view AggregateName(AggregateOp op);
bool HasParameter(AggregateOp op);

struct Aggregate {
  AggregateOp op;
  ExprPtr argument;
  ExprPtr parameter;  // null where the operation has none
  bool without = false;
  std::vector<std::string> labels;
};

enum class BinaryOp : unsigned char {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kAtan2,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kTrimUpper,  // </
  kTrimLower,  // >/
  kAnd,
  kOr,
  kUnless,
};
std::string_view BinaryOpText(BinaryOp op);
inline bool IsComparison(BinaryOp op) {
  return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterOrEqual;
}
inline bool IsSetOperator(BinaryOp op) { return op >= BinaryOp::kAnd; }
// Arithmetic makes something else of a metric, so its name goes.
inline bool ChangesMetric(BinaryOp op) { return op <= BinaryOp::kAtan2; }

enum class Cardinality : unsigned char { kOneToOne, kManyToOne, kOneToMany, kManyToMany };

// How series of two vectors find each other.
struct Matching {
  bool on = false;                  // else ignoring
  std::vector<std::string> labels;  // of on or ignoring
  Cardinality cardinality = Cardinality::kOneToOne;
  std::vector<std::string> included;  // labels that group_left or group_right copy
  std::optional<double> fill_left;    // what stands for a missing partner
  std::optional<double> fill_right;
};

struct Binary {
  BinaryOp op;
  ExprPtr left;
  ExprPtr right;
  bool return_bool = false;
  Matching matching;
};

struct Unary {
  bool negate;
  ExprPtr argument;
};

struct Parentheses {
  ExprPtr argument;
};

// Has the same value at every step of a query. Not written by anybody: Prepare() puts it in.
struct StepInvariant {
  ExprPtr argument;
};

struct Expr {
  std::variant<NumberLiteral, StringLiteral, Selector, Subquery, Call, Aggregate, Binary, Unary,
               Parentheses, StepInvariant>
      node;
  ValueType type;
  Place place;
};

template <typename Node>
ExprPtr MakeExpr(Node node, ValueType type, Place place) {
  return std::make_unique<Expr>(Expr{std::move(node), type, place});
}

// A deep copy.
ExprPtr Clone(const Expr& expr);

// The direct sub-expressions, in the order in which they are written.
std::vector<Expr*> Children(Expr& expr);
// Where these are held, for who puts others in their place.
std::vector<ExprPtr*> ChildSlots(Expr& expr);
std::vector<const Expr*> Children(const Expr& expr);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_AST_H_
