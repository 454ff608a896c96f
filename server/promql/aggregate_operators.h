// Operators that fold many series into groups, and topk, which picks among them.
#ifndef NARTHEX_SERVER_PROMQL_AGGREGATE_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_AGGREGATE_OPERATORS_H_

#include "server/promql/ast.h"
#include "server/promql/operator.h"

namespace narthex::promql {

// sum, avg, min, max, count: holds one column a group.
OperatorPtr NewAggregation(const Aggregate& aggregate, OperatorPtr input);

// topk: at each step the k largest of each group keep their value. Holds all input columns. With a
// single step the series come out largest first.
OperatorPtr NewTopK(const Aggregate& aggregate, OperatorPtr input, OperatorPtr parameter,
                    size_t steps);

// The labels that the series of a group share.
LabelSet GroupLabels(const LabelSet& labels, const Aggregate& aggregate);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_AGGREGATE_OPERATORS_H_
