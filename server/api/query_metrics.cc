#include "server/api/query_metrics.h"

namespace narthex::server {

QueryMetrics::QueryMetrics(Registry& registry)
    : samples_(registry.AddCounter("prometheus_engine_query_samples_total",
                                   "Samples that the steps of queries looked at.")),
      samples_read_(registry.AddCounter("prometheus_engine_query_samples_read_total",
                                        "Samples that queries read for that, each once a query.")),
      durations_(registry.AddSummaryFamily("prometheus_engine_query_duration_seconds",
                                           "How long the parts of queries took.", {"slice"},
                                           {0.5, 0.9, 0.99})),
      duration_histograms_(registry.AddHistogramFamily(
          "prometheus_engine_query_duration_histogram_seconds",
          "How long the parts of queries took.", {"slice"}, {0.01, 0.1, 1, 10})) {
  for (const std::string_view slice : {"inner_eval", "prepare_time", "queue_time", "result_sort"}) {
    durations_.With({slice});
    duration_histograms_.With({slice});
  }
}

void QueryMetrics::Count(const promql::QueryStats& stats) {
  samples_.Add(static_cast<double>(stats.total_samples));
  samples_read_.Add(static_cast<double>(stats.samples_read));
  const auto observe = [this](std::string_view slice, double seconds) {
    durations_.With({slice}).Observe(seconds);
    duration_histograms_.With({slice}).Observe(seconds);
  };
  observe("queue_time", stats.queued);
  observe("prepare_time", stats.prepare);
  observe("inner_eval", stats.evaluate);
  observe("result_sort", stats.sort);
}

}  // namespace narthex::server
