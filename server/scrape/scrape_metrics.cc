#include "server/scrape/scrape_metrics.h"

namespace narthex::server {

ScrapeMetrics::ScrapeMetrics(Registry& registry)
    : target_limit(registry.AddCounter("prometheus_target_scrape_pool_exceeded_target_limit_total",
                                       "Times that a job was found to exceed its target_limit.")),
      failures_(registry.AddCounterFamily("narthex_scrape_failures_total",
                                          "Scrapes that failed, by reason.", {"reason"})),
      body_size_limit_(
          registry.AddCounter("prometheus_target_scrapes_exceeded_body_size_limit_total",
                              "Scrapes that failed by a body above its limit.")),
      sample_limit_(registry.AddCounter("prometheus_target_scrapes_exceeded_sample_limit_total",
                                        "Scrapes that failed by a limit on what they hold.")),
      out_of_order_(registry.AddCounter("prometheus_target_scrapes_sample_out_of_order_total",
                                        "Samples older than the newest of their series.")),
      duplicates_(registry.AddCounter("prometheus_target_scrapes_sample_duplicate_timestamp_total",
                                      "Samples of a time that their series has already.")),
      out_of_bounds_(registry.AddCounter("prometheus_target_scrapes_sample_out_of_bounds_total",
                                         "Samples too old or too far ahead to be stored.")),
      dropped_at_limit_(registry.AddCounter("narthex_scrape_samples_dropped_at_limit_total",
                                            "Samples left out by on_limit: drop_new.")) {
  for (size_t i = 1; i < kScrapeFailures; ++i)
    (void)failures_.With({FailureName(static_cast<ScrapeFailure>(i))});
}

void ScrapeMetrics::Count(const ScrapeOutcome& outcome, const IngestCounts& counts) {
  if (outcome.reason != ScrapeFailure::kNone) failures_.With({FailureName(outcome.reason)}).Add();
  if (outcome.reason == ScrapeFailure::kTooLarge) body_size_limit_.Add();
  if (outcome.reason == ScrapeFailure::kLimit) sample_limit_.Add();
  if (counts.out_of_order != 0) out_of_order_.Add(static_cast<double>(counts.out_of_order));
  if (counts.duplicates != 0) duplicates_.Add(static_cast<double>(counts.duplicates));
  if (counts.out_of_bounds != 0) out_of_bounds_.Add(static_cast<double>(counts.out_of_bounds));
  if (counts.dropped_at_limit != 0)
    dropped_at_limit_.Add(static_cast<double>(counts.dropped_at_limit));
}

}  // namespace narthex::server
