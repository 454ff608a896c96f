// histogram_quantile, histogram_quantiles and histogram_fraction: of native histograms, and of
// classic ones whose buckets are series told apart by their label le.
#ifndef NARTHEX_SERVER_PROMQL_HISTOGRAM_OPERATORS_H_
#define NARTHEX_SERVER_PROMQL_HISTOGRAM_OPERATORS_H_

#include <string>
#include <vector>

#include "server/promql/query_context.h"

namespace narthex::promql {

// One result of each histogram. Places are those of the arguments in the query.
struct HistogramFunctionCall {
  enum class Kind : unsigned char { kQuantile, kQuantiles, kFraction };

  Kind kind = Kind::kQuantile;
  std::string quantile_label;         // of kQuantiles
  size_t vector_place = 0;            // of the histograms
  std::vector<size_t> scalar_places;  // of quantiles
};

// `scalars` are the quantiles, or the two bounds of a fraction. Holds the columns of its input.
OperatorPtr NewHistogramFunction(QueryContext& context, const Steps& steps,
                                 HistogramFunctionCall call, OperatorPtr input,
                                 std::vector<OperatorPtr> scalars);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_HISTOGRAM_OPERATORS_H_
