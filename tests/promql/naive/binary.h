// Operators between two vectors or scalars.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_BINARY_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_BINARY_H_

#include "server/promql/ast.h"
#include "tests/promql/naive/value.h"

namespace narthex::naive {

Vector Operate(const promql::Binary& binary, const Vector& left, const Vector& right);
Vector Negate(Vector vector);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_BINARY_H_
