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

struct NumberLiteral {
  double value;
};

struct StringLiteral {
  std::string value;
};

// name{job="a"} offset 5m, and with a range name{…}[5m].
struct Selector {
  std::vector<storage::Matcher> matchers;
  int64_t offset_ms = 0;
  std::optional<int64_t> range_ms;
};

struct FunctionRow;
struct Call {
  const FunctionRow* function;
  std::vector<ExprPtr> arguments;
};

enum class AggregateOp : unsigned char { kSum, kAvg, kMin, kMax, kCount, kTopK };

struct Aggregate {
  AggregateOp op;
  ExprPtr argument;
  ExprPtr parameter;  // of topk; null for others
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
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};
inline bool IsComparison(BinaryOp op) { return op >= BinaryOp::kEqual; }

enum class Cardinality : unsigned char { kOneToOne, kManyToOne, kOneToMany };

struct Binary {
  BinaryOp op;
  ExprPtr left;
  ExprPtr right;
  bool return_bool = false;
  // How series of two vectors find each other.
  bool on = false;                  // else ignoring
  std::vector<std::string> labels;  // of on or ignoring
  Cardinality cardinality = Cardinality::kOneToOne;
  std::vector<std::string>
      included;  // labels that group_left or group_right copy from the one side
};

struct Negate {
  ExprPtr argument;
};

struct Expr {
  std::variant<NumberLiteral, StringLiteral, Selector, Call, Aggregate, Binary, Negate> node;
  ValueType type;
  size_t begin = 0;  // bytes of the query text
  size_t end = 0;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_AST_H_
