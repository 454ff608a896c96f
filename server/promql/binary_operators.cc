#include "server/promql/binary_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "server/promql/histogram_math.h"
#include "server/promql/map_operators.h"

namespace narthex::promql {
namespace {

std::string_view KindOf(const Value& value) { return value.histogram ? "histogram" : "float"; }

ElementResult Incompatible(QueryContext& context, BinaryOp op, size_t place, const Value& left,
                           const Value& right) {
  context.annotations().Info(
      fmt::format("incompatible sample types encountered for binary operator {}: {} {} {}",
                  Quote(BinaryOpText(op)), KindOf(left), BinaryOpText(op), KindOf(right)),
      place);
  return {false, true, {}};
}

ElementResult Made(Histogram histogram) {
  return {true, false, {0, std::make_shared<const Histogram>(std::move(histogram))}};
}

ElementResult Scaled(const Histogram& histogram, double factor, bool divide) {
  Histogram result = histogram;
  divide ? Divide(result, factor) : Multiply(result, factor);
  Compact(result);
  return Made(std::move(result));
}

ElementResult Trimmed(const Histogram& histogram, double bound, bool upper) {
  Histogram result = histogram;
  TrimBuckets(result, bound, upper);
  return Made(std::move(result));
}

ElementResult Merged(QueryContext& context, BinaryOp op, size_t place, const Histogram& left,
                     const Histogram& right) {
  const bool add = op == BinaryOp::kAdd;
  const std::string_view operation = add ? "addition" : "subtraction";
  Histogram result = left;
  const HistogramMerge merge = add ? AddTo(result, right) : SubtractFrom(result, right);
  if (!merge.compatible) {
    context.annotations().Warn(
        fmt::format("incompatible bucket layout encountered for binary operator {}",
                    BinaryOpText(op)),
        place);
    return {false, true, {}};
  }
  if (merge.hints_clash) {
    context.annotations().HintsClash(operation, place);
    return {false, true, {}};
  }
  if (merge.reconciled) context.annotations().BoundsReconciled(operation, place);
  if (!add) result.hint = storage::CounterResetHint::kGauge;
  Compact(result);
  return Made(std::move(result));
}

// Of two floats, without a look at types.
bool Satisfies(BinaryOp op, double left, double right) { return Calculate(op, left, right) != 0; }

// What becomes of one element of a vector beside a scalar.
class VectorScalar {
 public:
  VectorScalar(QueryContext& context, const Binary& binary, size_t place, bool scalar_is_left)
      : context_(context),
        op_(binary.op),
        return_bool_(binary.return_bool),
        scalar_is_left_(scalar_is_left),
        place_(place) {}

  void operator()(Column& column, std::span<const Column> scalars) const {
    const Column& scalar = scalars[0];
    const bool plain =
        !column.has_histograms() && op_ != BinaryOp::kTrimUpper && op_ != BinaryOp::kTrimLower;
    for (size_t step = 0; step < column.steps(); ++step) {
      if (plain) {
        PlainStep(column, step, scalar.values[step]);
      } else if (column.present[step] != Column::kAbsent) {
        AnyStep(column, step, scalar.values[step]);
      }
    }
  }

 private:
  void PlainStep(Column& column, size_t step, double scalar) const {
    double& value = column.values[step];
    const double result =
        scalar_is_left_ ? Calculate(op_, scalar, value) : Calculate(op_, value, scalar);
    if (!IsComparison(op_) || return_bool_) {
      value = result;
    } else if (result == 0) {
      column.present[step] = Column::kAbsent;
    }
  }

  void AnyStep(Column& column, size_t step, double scalar) const {
    if (column.present[step] == Column::kFloat && op_ != BinaryOp::kTrimUpper &&
        op_ != BinaryOp::kTrimLower)
      return PlainStep(column, step, scalar);
    const Value element = column.Get(step);
    const Value other{scalar, nullptr};
    ElementResult result = scalar_is_left_ ? CombineElements(context_, op_, place_, other, element)
                                           : CombineElements(context_, op_, place_, element, other);
    if (!result.present) {
      column.present[step] = Column::kAbsent;
    } else {
      column.Set(step, std::move(result.value));
    }
  }

  QueryContext& context_;
  const BinaryOp op_;
  const bool return_bool_;
  const bool scalar_is_left_;
  const size_t place_;
};

}  // namespace

double Calculate(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::kAdd:
      return left + right;
    case BinaryOp::kSubtract:
      return left - right;
    case BinaryOp::kMultiply:
      return left * right;
    case BinaryOp::kDivide:
      return left / right;
    case BinaryOp::kModulo:
      return std::fmod(left, right);
    case BinaryOp::kPower:
      return std::pow(left, right);
    case BinaryOp::kAtan2:
      return std::atan2(left, right);
    case BinaryOp::kEqual:
      return left == right ? 1 : 0;
    case BinaryOp::kNotEqual:
      return left != right ? 1 : 0;
    case BinaryOp::kLess:
      return left < right ? 1 : 0;
    case BinaryOp::kLessOrEqual:
      return left <= right ? 1 : 0;
    case BinaryOp::kGreater:
      return left > right ? 1 : 0;
    case BinaryOp::kGreaterOrEqual:
      return left >= right ? 1 : 0;
    default:
      return std::nan("");  // set operators and trims are not for numbers
  }
}

ElementResult CombineElements(QueryContext& context, BinaryOp op, size_t place, const Value& left,
                              const Value& right) {
  const bool trim = op == BinaryOp::kTrimUpper || op == BinaryOp::kTrimLower;
  if (left.histogram && right.histogram) {
    if (op == BinaryOp::kAdd || op == BinaryOp::kSubtract)
      return Merged(context, op, place, *left.histogram, *right.histogram);
    if (op == BinaryOp::kEqual || op == BinaryOp::kNotEqual) {
      const bool same = SameHistogram(*left.histogram, *right.histogram);
      return {same == (op == BinaryOp::kEqual), false, left};
    }
  } else if (left.histogram) {
    if (trim) return Trimmed(*left.histogram, right.value, op == BinaryOp::kTrimUpper);
    if (op == BinaryOp::kMultiply) return Scaled(*left.histogram, right.value, false);
    if (op == BinaryOp::kDivide) return Scaled(*left.histogram, right.value, true);
  } else if (right.histogram) {
    if (op == BinaryOp::kMultiply) return Scaled(*right.histogram, left.value, false);
  } else if (!trim) {
    if (IsComparison(op)) return {Satisfies(op, left.value, right.value), false, left};
    return {true, false, {Calculate(op, left.value, right.value), nullptr}};
  }
  return Incompatible(context, op, place, left, right);
}

LabelSet MatchingLabels(const LabelSet& labels, const Matching& matching) {
  std::vector<Label> kept;
  for (const Label label : labels) {
    const bool listed = std::find(matching.labels.begin(), matching.labels.end(), label.name) !=
                        matching.labels.end();
    if (matching.on ? listed : !listed && label.name != kMetricName) kept.push_back(label);
  }
  return LabelSet::From(kept);
}

OperatorPtr NewScalarScalar(const Binary& binary, OperatorPtr left, OperatorPtr right) {
  return NewScalarFunction(std::move(left), std::move(right),
                           [op = binary.op](double a, double b) { return Calculate(op, a, b); });
}

OperatorPtr NewVectorScalar(QueryContext& context, const Binary& binary, size_t place,
                            OperatorPtr vector, OperatorPtr scalar, bool scalar_is_left) {
  std::vector<OperatorPtr> scalars;
  scalars.push_back(std::move(scalar));
  return NewColumnMap(context, std::move(vector), std::move(scalars),
                      ChangesMetric(binary.op) || binary.return_bool,
                      VectorScalar(context, binary, place, scalar_is_left));
}

}  // namespace narthex::promql
