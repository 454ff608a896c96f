// The engine's own metrics: counters by the names of the reference, and failures by reason.
#ifndef NARTHEX_SERVER_SCRAPE_SCRAPE_METRICS_H_
#define NARTHEX_SERVER_SCRAPE_SCRAPE_METRICS_H_

#include "common/client/registry.h"
#include "server/scrape/scrape_failure.h"
#include "server/scrape/scrape_report.h"

namespace narthex::server {

// Safe from many threads; the registry outlives it.
class ScrapeMetrics {
 public:
  explicit ScrapeMetrics(Registry& registry);

  // One scrape that ended.
  void Count(const ScrapeOutcome& outcome, const IngestCounts& counts);

  Counter& target_limit;  // jobs that were found to have too many targets

 private:
  CounterFamily& failures_;
  Counter& body_size_limit_;
  Counter& sample_limit_;
  Counter& out_of_order_;
  Counter& duplicates_;
  Counter& out_of_bounds_;
  Counter& dropped_at_limit_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_METRICS_H_
