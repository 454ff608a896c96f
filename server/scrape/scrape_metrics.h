// The engine's own metrics, by the names of the reference, and failures by reason.
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
  // A job's targets were found anew, which took so long; `failed` could not be made.
  void CountSync(const std::string& job, double seconds, const JobTargets& found);
  // A job came, or its configuration.
  void CountPool(bool is_new) { (is_new ? pools_ : pool_reloads_).Add(); }
  // Of the times between scrapes of targets with this interval.
  Summary& BetweenScrapes(Duration interval);

 private:
  CounterFamily& failures_;
  Counter& body_size_limit_;
  Counter& sample_limit_;
  Counter& label_limit_;
  Counter& bucket_limit_;
  Counter& target_limit_;
  Counter& out_of_order_;
  Counter& duplicates_;
  Counter& out_of_bounds_;
  Counter& late_exemplars_;
  Counter& dropped_at_limit_;
  Counter& pools_;
  Counter& pool_reloads_;
  CounterFamily& syncs_;
  CounterFamily& failed_targets_;
  SummaryFamily& sync_seconds_;
  SummaryFamily& interval_seconds_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_METRICS_H_
