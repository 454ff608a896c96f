#include "server/scrape/scrape_metrics.h"

#include "common/config/go_duration.h"

namespace narthex::server {
namespace {

const std::vector<double> kQuantiles = {0.01, 0.05, 0.5, 0.9, 0.99};

void AddCount(Counter& counter, size_t count) {
  if (count != 0) counter.Add(static_cast<double>(count));
}

}  // namespace

ScrapeMetrics::ScrapeMetrics(Registry& registry)
    : failures_(registry.AddCounterFamily("narthex_scrape_failures_total",
                                          "Scrapes that failed, by reason.", {"reason"})),
      body_size_limit_(
          registry.AddCounter("prometheus_target_scrapes_exceeded_body_size_limit_total",
                              "Scrapes that failed by a body above its limit.")),
      sample_limit_(registry.AddCounter("prometheus_target_scrapes_exceeded_sample_limit_total",
                                        "Scrapes that failed by sample_limit.")),
      label_limit_(registry.AddCounter("prometheus_target_scrape_pool_exceeded_label_limits_total",
                                       "Scrapes that had a series beyond a limit on labels.")),
      bucket_limit_(registry.AddCounter(
          "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total",
          "Scrapes that failed by native_histogram_bucket_limit.")),
      target_limit_(registry.AddCounter("prometheus_target_scrape_pool_exceeded_target_limit_total",
                                        "Times that a job was found to exceed its target_limit.")),
      out_of_order_(registry.AddCounter("prometheus_target_scrapes_sample_out_of_order_total",
                                        "Samples older than the newest of their series.")),
      duplicates_(registry.AddCounter("prometheus_target_scrapes_sample_duplicate_timestamp_total",
                                      "Samples of a time that their series has already.")),
      out_of_bounds_(registry.AddCounter("prometheus_target_scrapes_sample_out_of_bounds_total",
                                         "Samples too old or too far ahead to be stored.")),
      late_exemplars_(registry.AddCounter("prometheus_target_scrapes_exemplar_out_of_order_total",
                                          "Exemplars older than the newest of their series.")),
      dropped_at_limit_(registry.AddCounter("narthex_scrape_samples_dropped_at_limit_total",
                                            "Samples left out by on_limit: drop_new.")),
      pools_(registry.AddCounter("prometheus_target_scrape_pools_total",
                                 "Jobs that a configuration brought.")),
      pool_reloads_(registry.AddCounter("prometheus_target_scrape_pool_reloads_total",
                                        "Jobs that a configuration brought again.")),
      syncs_(registry.AddCounterFamily("prometheus_target_scrape_pool_sync_total",
                                       "Times that the targets of a job were found anew.",
                                       {"scrape_job"})),
      failed_targets_(registry.AddCounterFamily("prometheus_target_sync_failed_total",
                                                "Targets that were found and cannot be scraped.",
                                                {"scrape_job"})),
      sync_seconds_(registry.AddSummaryFamily("prometheus_target_sync_length_seconds",
                                              "How long it took to take over a job's targets.",
                                              {"scrape_job"}, kQuantiles)),
      interval_seconds_(registry.AddSummaryFamily(
          "prometheus_target_interval_length_seconds",
          "Times between scrapes of a target, by its interval.", {"interval"}, kQuantiles)) {
  for (size_t i = 1; i < kScrapeFailures; ++i)
    (void)failures_.With({FailureName(static_cast<ScrapeFailure>(i))});
}

void ScrapeMetrics::Count(const ScrapeOutcome& outcome, const IngestCounts& counts) {
  if (outcome.reason != ScrapeFailure::kNone) failures_.With({FailureName(outcome.reason)}).Add();
  if (outcome.reason == ScrapeFailure::kTooLarge) body_size_limit_.Add();
  if (counts.limit == BrokenLimit::kSamples) sample_limit_.Add();
  if (counts.limit == BrokenLimit::kLabels) label_limit_.Add();
  if (counts.limit == BrokenLimit::kBuckets) bucket_limit_.Add();
  AddCount(out_of_order_, counts.out_of_order);
  AddCount(duplicates_, counts.duplicates);
  AddCount(out_of_bounds_, counts.out_of_bounds);
  AddCount(late_exemplars_, counts.late_exemplars);
  AddCount(dropped_at_limit_, counts.dropped_at_limit);
}

void ScrapeMetrics::CountSync(const std::string& job, double seconds, const JobTargets& found) {
  syncs_.With({job}).Add();
  sync_seconds_.With({job}).Observe(seconds);
  failed_targets_.With({job}).Add(static_cast<double>(found.errors.size()));
  if (!found.over_limit.ok()) target_limit_.Add();
}

Summary& ScrapeMetrics::BetweenScrapes(Duration interval) {
  return interval_seconds_.With({ToText(GoDuration{interval.ms * 1'000'000})});
}

}  // namespace narthex::server
