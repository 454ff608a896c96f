// Operators that fold many series into groups, and those that pick among the series of a group.
#ifndef NARTHEX_SERVER_PROMQL_AGGREGATE_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_AGGREGATE_OPERATORS_H_

#include <string>
#include <vector>

#include "server/promql/ast.h"
#include "server/promql/query_context.h"

namespace narthex::promql {

// sum, avg, min, max, count, group, stddev, stdvar: holds one column a group.
OperatorPtr NewFold(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                    OperatorPtr input);

// pick_operators.cc: topk, bottomk, limitk, limit_ratio: at each step some elements of each group
// stay. With a single step the series of topk and bottomk come out in their order. Holds all input
// columns. `place` is the aggregation's.
OperatorPtr NewPick(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                    size_t place, OperatorPtr input, OperatorPtr parameter);

// quantile_operator.cc. Holds all input columns.
OperatorPtr NewQuantile(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                        OperatorPtr input, OperatorPtr parameter);

// count_values.cc: how often each value occurs, as series whose `label` names it. Reads all of its
// input before it announces anything.
OperatorPtr NewCountValues(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                           OperatorPtr input, std::string label);

// The labels that the series of a group share.
LabelSet GroupLabels(const LabelSet& labels, const Aggregate& aggregate);

// Series numbered by their groups, groups numbered as they are met. A group loses its name at the
// end if any member does.
struct Grouping {
  Grouping(const Heads& series, const Aggregate& aggregate);

  std::vector<size_t> group_of;  // by series
  Heads groups;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_AGGREGATE_OPERATORS_H_
