// What the database counts, by the names of the reference where it has them.
#ifndef NARTHEX_SERVER_TSDB_DATABASE_METRICS_H_
#define NARTHEX_SERVER_TSDB_DATABASE_METRICS_H_

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "server/tsdb/chunk.h"

namespace narthex::tsdb {

struct SampleCounts {
  size_t floats = 0;
  size_t histograms = 0;
};

// Floats and histograms under one name.
class SampleCounters {
 public:
  SampleCounters(Registry& registry, std::string name, std::string help);
  void Add(const SampleCounts& counts) {
    if (counts.floats > 0) floats_->Add(static_cast<double>(counts.floats));
    if (counts.histograms > 0) histograms_->Add(static_cast<double>(counts.histograms));
  }

 private:
  Counter* floats_;
  Counter* histograms_;
};

// Chunks that go to a block for the first time.
class BlockChunkMetrics {
 public:
  explicit BlockChunkMetrics(Registry& registry);
  void Observe(ChunkView chunk, int64_t first_ms, int64_t last_ms);

 private:
  Histogram& samples_;
  Histogram& bytes_;
  Histogram& range_ms_;
};

// Safe from many threads; the registry outlives it.
struct DatabaseMetrics {
  explicit DatabaseMetrics(Registry& registry);

  // Appends.
  SampleCounters appended;
  SampleCounters late_appended;
  SampleCounters too_old;
  SampleCounters out_of_order;
  SampleCounters out_of_bounds;
  Counter& duplicates;
  Gauge& appenders;

  // Memory.
  Counter& series_created;
  Counter& series_removed;
  Counter& chunks_removed;
  Counter& chunks_mapped;
  Counter& mapped_damage;
  Counter& truncations;
  Counter& truncations_failed;
  Summary& collect_seconds;
  Gauge& replay_seconds;
  Gauge& clean_start;

  // Blocks.
  Counter& compactions_triggered;
  Counter& compactions;
  Counter& compactions_failed;
  Counter& overlapping_merges;
  Histogram& compaction_seconds;
  Gauge& compacting;
  BlockChunkMetrics block_chunks;
  Histogram& cleaning_seconds;
  Counter& reloads;
  Counter& reloads_failed;
  Counter& removed_by_age;
  Counter& removed_by_size;
  Counter& blocks_removed;
  Counter& stale_compactions;
  Counter& stale_compactions_failed;

  // The log.
  Summary& sync_seconds;
  Counter& log_damage;
  Counter& log_truncations;
  Counter& log_truncations_failed;
  Summary& log_truncation_seconds;
  Counter& checkpoints;
  Counter& checkpoints_failed;
};

// Counts one compaction, which lasts as long as this lives.
class CompactionNote {
 public:
  CompactionNote(DatabaseMetrics& metrics, const Clock& clock);
  ~CompactionNote();
  CompactionNote(const CompactionNote&) = delete;
  CompactionNote& operator=(const CompactionNote&) = delete;

  // A block was made; returns the seconds that it took.
  double Done();

 private:
  DatabaseMetrics& metrics_;
  const Clock& clock_;
  int64_t begin_ns_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_DATABASE_METRICS_H_
