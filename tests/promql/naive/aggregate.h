// Aggregations of one vector.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_AGGREGATE_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_AGGREGATE_H_

#include "server/promql/ast.h"
#include "tests/promql/naive/value.h"

namespace narthex::naive {

// `number` or `text` is the parameter where there is one.
Vector Fold(const promql::Aggregate& aggregate, const Vector& vector, const Sample& number,
            const std::string& text);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_AGGREGATE_H_
