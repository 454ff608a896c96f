// Operators between scalars and vectors, and the join of two vectors.
#ifndef NARTHEX_SERVER_PROMQL_BINARY_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_BINARY_OPERATORS_H_

#include "server/promql/ast.h"
#include "server/promql/query_context.h"

namespace narthex::promql {

// The value of `op` between two numbers; a comparison gives 1 or 0.
double Calculate(BinaryOp op, double left, double right);

OperatorPtr NewScalarScalar(const Binary& binary, OperatorPtr left, OperatorPtr right);

// Either side may be the scalar. A comparison without bool keeps the vector's elements that satisfy
// it. `place` is the whole expression's.
OperatorPtr NewVectorScalar(QueryContext& context, const Binary& binary, size_t place,
                            OperatorPtr vector, OperatorPtr scalar, bool scalar_is_left);

// vector_join.cc: holds the one side; streams the many side.
OperatorPtr NewVectorVector(QueryContext& context, const Steps& steps, const Binary& binary,
                            size_t place, OperatorPtr left, OperatorPtr right);

// set_operators.cc: and, or, unless. Of one side only the presence is held.
OperatorPtr NewSetOperator(QueryContext& context, const Steps& steps, const Binary& binary,
                           OperatorPtr left, OperatorPtr right);

// What an operator makes of two elements, one of which at least is a histogram, or of any two where
// the operator is for histograms only.
struct ElementResult {
  bool present = false;  // false: the types do not fit, or a comparison is not satisfied
  bool failed = false;   // the types do not fit
  Value value;
};
ElementResult CombineElements(QueryContext& context, BinaryOp op, size_t place, const Value& left,
                              const Value& right);

// The labels by which series of a join find each other.
LabelSet MatchingLabels(const LabelSet& labels, const Matching& matching);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_BINARY_OPERATORS_H_
