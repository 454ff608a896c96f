#include "server/tsdb/database_metrics.h"

#include <vector>

namespace narthex::tsdb {
namespace {

std::vector<double> Growing(double first, double factor, size_t count) {
  std::vector<double> bounds;
  for (double bound = first; bounds.size() < count; bound *= factor) bounds.push_back(bound);
  return bounds;
}

}  // namespace

SampleCounters::SampleCounters(Registry& registry, std::string name, std::string help) {
  CounterFamily& family = registry.AddCounterFamily(std::move(name), std::move(help), {"type"});
  floats_ = &family.With({"float"});
  histograms_ = &family.With({"histogram"});
}

// The bounds are the reference's, which counts milliseconds although the name says seconds.
BlockChunkMetrics::BlockChunkMetrics(Registry& registry)
    : samples_(registry.AddHistogram("prometheus_tsdb_compaction_chunk_samples",
                                     "Samples of chunks that went into a first block.",
                                     Growing(4, 1.5, 12))),
      bytes_(registry.AddHistogram("prometheus_tsdb_compaction_chunk_size_bytes",
                                   "Bytes of chunks that went into a first block.",
                                   Growing(32, 1.5, 12))),
      range_ms_(registry.AddHistogram("prometheus_tsdb_compaction_chunk_range_seconds",
                                      "Milliseconds from the first to the last sample of chunks "
                                      "that went into a first block.",
                                      Growing(100, 4, 10))) {}

void BlockChunkMetrics::Observe(ChunkView chunk, int64_t first_ms, int64_t last_ms) {
  samples_.Observe(static_cast<double>(ChunkSampleCount(chunk)));
  bytes_.Observe(static_cast<double>(chunk.bytes.size()));
  range_ms_.Observe(static_cast<double>(last_ms - first_ms));
}

DatabaseMetrics::DatabaseMetrics(Registry& registry)
    : appended(registry, "prometheus_tsdb_head_samples_appended_total", "Samples appended."),
      late_appended(registry, "prometheus_tsdb_head_out_of_order_samples_appended_total",
                    "Samples appended although they are older than others."),
      too_old(registry, "prometheus_tsdb_too_old_samples_total",
              "Samples refused because they are out of order by more than the window."),
      out_of_order(registry, "prometheus_tsdb_out_of_order_samples_total",
                   "Samples refused because the newest of their series is newer."),
      out_of_bounds(registry, "prometheus_tsdb_out_of_bound_samples_total",
                    "Samples refused because they are too old."),
      duplicates(registry.AddCounter("narthex_tsdb_duplicate_samples_total",
                                     "Samples refused because their series has another value at "
                                     "that time.")),
      appenders(registry.AddGauge("prometheus_tsdb_head_active_appenders",
                                  "Appends that have begun and not ended.")),
      series_created(
          registry.AddCounter("prometheus_tsdb_head_series_created_total", "Series made.")),
      series_removed(
          registry.AddCounter("prometheus_tsdb_head_series_removed_total", "Series removed.")),
      chunks_removed(registry.AddCounter("prometheus_tsdb_head_chunks_removed_total",
                                         "Chunks removed from memory.")),
      chunks_mapped(registry.AddCounter("prometheus_tsdb_mmap_chunks_total",
                                        "Chunks moved from memory into mapped files.")),
      mapped_damage(registry.AddCounter("prometheus_tsdb_mmap_chunk_corruptions_total",
                                        "Times that files of mapped chunks were damaged.")),
      truncations(registry.AddCounter("prometheus_tsdb_head_truncations_total",
                                      "Times that old data was to be dropped from memory.")),
      truncations_failed(registry.AddCounter("prometheus_tsdb_head_truncations_failed_total",
                                             "Times that dropping old data from memory failed.")),
      collect_seconds(registry.AddSummary("prometheus_tsdb_head_gc_duration_seconds",
                                          "How long dropping old data from memory took.", {})),
      replay_seconds(registry.AddGauge("prometheus_tsdb_data_replay_duration_seconds",
                                       "How long reading the log took at the start.")),
      clean_start(registry.AddGauge("prometheus_tsdb_clean_start",
                                    "1 where the last stop was a clean one, 0 where its lock was "
                                    "still there.")),
      compactions_triggered(registry.AddCounter("prometheus_tsdb_compactions_triggered_total",
                                                "Times that somebody looked for blocks to make.")),
      compactions(registry.AddCounter("prometheus_tsdb_compactions_total", "Blocks made.")),
      compactions_failed(registry.AddCounter("prometheus_tsdb_compactions_failed_total",
                                             "Attempts to make a block that failed.")),
      overlapping_merges(registry.AddCounter("prometheus_tsdb_vertical_compactions_total",
                                             "Blocks made of others that overlap in time.")),
      compaction_seconds(registry.AddHistogram("prometheus_tsdb_compaction_duration_seconds",
                                               "How long making a block took.", Growing(1, 2, 14))),
      compacting(registry.AddGauge("prometheus_tsdb_compaction_populating_block",
                                   "1 while a block is being made.")),
      block_chunks(registry),
      cleaning_seconds(registry.AddHistogram(
          "prometheus_tsdb_tombstone_cleanup_seconds",
          "How long writing blocks anew without what was deleted took.", Growing(0.01, 4, 10))),
      reloads(registry.AddCounter("prometheus_tsdb_reloads_total",
                                  "Times that the folder was looked through for new blocks.")),
      reloads_failed(registry.AddCounter("prometheus_tsdb_reloads_failures_total",
                                         "Times that looking for new blocks failed.")),
      removed_by_age(registry.AddCounter("prometheus_tsdb_time_retentions_total",
                                         "Times that blocks were removed because of their age.")),
      removed_by_size(registry.AddCounter("prometheus_tsdb_size_retentions_total",
                                          "Times that blocks were removed because all were too "
                                          "large.")),
      blocks_removed(registry.AddCounter("narthex_tsdb_blocks_removed_total",
                                         "Blocks removed because of the retention.")),
      stale_compactions(
          registry.AddCounter("prometheus_tsdb_stale_series_compactions_triggered_total",
                              "Times that series which have ended left memory before their time.")),
      stale_compactions_failed(
          registry.AddCounter("prometheus_tsdb_stale_series_compactions_failed_total",
                              "Attempts to drop ended series before their time that failed.")),
      sync_seconds(registry.AddSummary("prometheus_tsdb_wal_fsync_duration_seconds",
                                       "How long syncing the log took.", {0.5, 0.9, 0.99})),
      log_damage(registry.AddCounter("prometheus_tsdb_wal_corruptions_total",
                                     "Times that the log was found damaged.")),
      log_truncations(registry.AddCounter("prometheus_tsdb_wal_truncations_total",
                                          "Times that old records were to be dropped from the "
                                          "log.")),
      log_truncations_failed(
          registry.AddCounter("prometheus_tsdb_wal_truncations_failed_total",
                              "Times that dropping old records from the log failed.")),
      log_truncation_seconds(registry.AddSummary("prometheus_tsdb_wal_truncate_duration_seconds",
                                                 "How long dropping old records from the log took.",
                                                 {})),
      checkpoints(registry.AddCounter("prometheus_tsdb_checkpoint_creations_total",
                                      "Checkpoints of the log that were begun.")),
      checkpoints_failed(registry.AddCounter("prometheus_tsdb_checkpoint_creations_failed_total",
                                             "Checkpoints of the log that failed.")) {}

CompactionNote::CompactionNote(DatabaseMetrics& metrics, const Clock& clock)
    : metrics_(metrics), clock_(clock), begin_ns_(clock.MonotonicNs()) {
  metrics_.compacting.Set(1);
}

CompactionNote::~CompactionNote() { metrics_.compacting.Set(0); }

double CompactionNote::Done() {
  const double seconds = static_cast<double>(clock_.MonotonicNs() - begin_ns_) / 1e9;
  metrics_.compactions.Add();
  metrics_.compaction_seconds.Observe(seconds);
  return seconds;
}

}  // namespace narthex::tsdb
