// What the server counts of queries, by the names of the reference.
#ifndef NARTHEX_SERVER_API_QUERY_METRICS_H_
#define NARTHEX_SERVER_API_QUERY_METRICS_H_

#include "common/client/registry.h"
#include "server/promql/query_stats.h"

namespace narthex::server {

// Safe from many threads; the registry outlives it.
class QueryMetrics {
 public:
  explicit QueryMetrics(Registry& registry);

  // A query that ended.
  void Count(const promql::QueryStats& stats);

 private:
  Counter& samples_;
  Counter& samples_read_;
  SummaryFamily& durations_;
  HistogramFamily& duration_histograms_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_QUERY_METRICS_H_
