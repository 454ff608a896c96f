// sort, sort_desc, sort_by_label, sort_by_label_desc: of instant queries; the results of range
// queries are in the order of their labels anyway.
#ifndef NARTHEX_SERVER_PROMQL_SORT_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_SORT_OPERATORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/promql/query_context.h"

namespace narthex::promql {

// By the first step's value, NaN last. Histograms are left out. Holds all series.
OperatorPtr NewSort(QueryContext& context, const Steps& steps, OperatorPtr input, bool descending);

// By the values of labels as people order them, x2 before x10; then by all labels.
OperatorPtr NewSortByLabel(QueryContext& context, const Steps& steps, OperatorPtr input,
                           std::vector<std::string> labels, bool descending);

// Whether `a` comes before `b`, numbers within compared by their value.
bool NaturallyBefore(std::string_view a, std::string_view b);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SORT_OPERATORS_H_
