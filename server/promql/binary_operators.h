// Operators between scalars and vectors, and the join of two vectors.
#ifndef NARTHEX_SERVER_PROMQL_BINARY_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_BINARY_OPERATORS_H_

#include <functional>

#include "server/promql/ast.h"
#include "server/promql/operator.h"

namespace narthex::promql {

// The value of `op` between two numbers; a comparison gives 1 or 0.
double Calculate(BinaryOp op, double left, double right);

// One column that is present at every step, without labels.
OperatorPtr NewScalar(size_t steps, std::function<double(size_t step)> value);

// -x. Drops the metric name of vectors.
OperatorPtr NewNegation(OperatorPtr input, bool is_scalar);

OperatorPtr NewScalarScalar(const Binary& binary, OperatorPtr left, OperatorPtr right);

// Either side may be the scalar. A comparison without bool keeps the vector's elements that satisfy
// it.
OperatorPtr NewVectorScalar(const Binary& binary, OperatorPtr vector, OperatorPtr scalar,
                            bool scalar_is_left);

// Holds the one side; streams the many side where no two of its series meet in one output series.
OperatorPtr NewVectorVector(const Binary& binary, OperatorPtr left, OperatorPtr right);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_BINARY_OPERATORS_H_
