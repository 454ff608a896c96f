// Operators that take one input and change each of its columns, or its labels.
#ifndef NARTHEX_SERVER_PROMQL_MAP_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_MAP_OPERATORS_H_

#include <functional>
#include <span>
#include <vector>

#include "server/promql/functions.h"
#include "server/promql/query_context.h"

namespace narthex::promql {

// Changes a column in place. `scalars` are the columns of the scalar arguments.
using ColumnChange = std::function<void(Column& column, std::span<const Column> scalars)>;

// `drop_names`: the result is something else than the metric.
OperatorPtr NewColumnMap(QueryContext& context, OperatorPtr input, std::vector<OperatorPtr> scalars,
                         bool drop_names, ColumnChange change);

// The functions of kinds kMap, kDate, kHistogramMap, kClamp…, kRound.
OperatorPtr NewMap(QueryContext& context, const FunctionRow& function, OperatorPtr input,
                   std::vector<OperatorPtr> scalars);

// A column of a function of the step's time, without labels.
OperatorPtr NewTimeFunction(const Steps& steps, double (*map)(double time_s));

// -x
OperatorPtr NewNegation(QueryContext& context, OperatorPtr input);

// The value of the only element of each step, else NaN.
OperatorPtr NewScalarOf(QueryContext& context, const Steps& steps, OperatorPtr input);

// The one column that two scalars give, step by step.
OperatorPtr NewScalarFunction(OperatorPtr left, OperatorPtr right,
                              std::function<double(double, double)> function);

// Changes heads only; label sets that become equal are merged.
OperatorPtr NewLabelChange(OperatorPtr input, std::function<Status(SeriesHead&)> change);

// 1 at the steps at which no input series has a value, under the labels given.
OperatorPtr NewAbsent(QueryContext& context, const Steps& steps, OperatorPtr input,
                      SeriesHead head);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_MAP_OPERATORS_H_
