// What the database tells of itself.
#include <algorithm>

#include "server/tsdb/database.h"

namespace narthex::tsdb {

DatabaseStats Database::Stats() const {
  DatabaseStats stats;
  stats.series = index_.series_count();
  index_.ForEach([&](MemSeries& series) {
    const std::lock_guard lock(index_.stripe(series));
    stats.chunks += series.chunk_count();
    stats.ended_series += series.HasEnded() ? 1 : 0;
  });
  if (max_time_ms_ >= min_time_ms_) {
    stats.min_time_ms = min_time_ms_;
    stats.max_time_ms = max_time_ms_;
  }
  return stats;
}

storage::Cardinality Database::CountSeries(size_t limit) const {
  storage::Cardinality counts = index_.Count(limit);
  const DatabaseStats stats = Stats();
  counts.chunks = stats.chunks;
  counts.min_time_ms = stats.min_time_ms;
  counts.max_time_ms = stats.max_time_ms;
  return counts;
}

// One that was removed meanwhile is left out.
std::vector<std::string> Database::BlockMetas() const {
  std::vector<std::string> metas;
  for (const BlockPtr& block : blocks_.view()->blocks) {
    const auto file = files_.Map(options_.directory + "/" + block->meta().ulid + "/meta.json");
    if (file.ok()) metas.emplace_back((*file)->bytes());
  }
  return metas;
}

namespace {

using openmetrics::Type;

// Writes metrics of one sample without labels.
class Singles {
 public:
  explicit Singles(openmetrics::ExpositionWriter& out) : out_(out) {}

  void Gauge(std::string_view name, std::string_view help, double value) {
    out_.Add(name, Type::kGauge, help).Sample({}, value);
  }
  void Count(std::string_view name, std::string_view help, uint64_t value) {
    Gauge(name, help, static_cast<double>(value));
  }
  void Total(std::string_view name, std::string_view help, uint64_t value) {
    out_.Add(name, Type::kCounter, help).Sample({}, static_cast<double>(value));
  }
  // In milliseconds, as the reference shows it, and under NAME_seconds.
  void Time(const std::string& name, std::string_view help, int64_t time_ms) {
    Gauge(name, std::string(help) + " In milliseconds.", static_cast<double>(time_ms));
    Gauge(name + "_seconds", help, static_cast<double>(time_ms) / 1000);
  }

 private:
  openmetrics::ExpositionWriter& out_;
};

void AddRetentionMetrics(const RetentionLimits& limits, Singles& out) {
  out.Gauge("prometheus_tsdb_retention_limit_seconds",
            "Age at which blocks are removed; 0 for none.", limits.time.seconds());
  out.Count("prometheus_tsdb_retention_limit_bytes",
            "Size of all beyond which the oldest blocks are removed; 0 for none.",
            limits.size.bytes);
  out.Gauge("prometheus_tsdb_retention_limit_percentage",
            "The same in hundredths of the file system; 0 for none.", limits.disk_percentage);
}

void AddExemplarMetrics(const ExemplarStats& stats, Singles& out) {
  out.Count("prometheus_tsdb_exemplar_max_exemplars", "Exemplars that are kept at most.",
            stats.capacity);
  out.Count("prometheus_tsdb_exemplar_exemplars_in_storage", "Exemplars that are kept.",
            stats.stored);
  out.Count("prometheus_tsdb_exemplar_series_with_exemplars_in_storage",
            "Series that have exemplars.", stats.series);
  out.Gauge("prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds",
            "Time of the oldest exemplar that is kept.",
            static_cast<double>(stats.oldest_ms) / 1000);
  out.Total("prometheus_tsdb_exemplar_exemplars_appended_total", "Exemplars appended.",
            stats.appended);
  out.Total("prometheus_tsdb_exemplar_out_of_order_exemplars_total",
            "Exemplars refused because the newest of their series is newer.", stats.out_of_order);
}

void AddBlockMetrics(const BlockStore& store, Singles& out) {
  const auto view = store.view();
  uint64_t symbol_bytes = 0;
  for (const BlockPtr& block : view->blocks) symbol_bytes += block->index().symbol_bytes();
  out.Count("prometheus_tsdb_blocks_loaded", "Blocks that are open.", view->blocks.size());
  out.Count("prometheus_tsdb_storage_blocks_bytes", "Size of all blocks.", store.size_bytes());
  out.Count("prometheus_tsdb_symbol_table_size_bytes",
            "Size of the names and values of labels in all blocks.", symbol_bytes);
  out.Count("narthex_tsdb_damaged_blocks",
            "Blocks whose samples are not shown because they could not be opened.",
            store.damaged_count());
}

void AddLogMetrics(const WalWriter& log, Singles& out) {
  const LogCounts counts = log.counts();
  out.Count("prometheus_tsdb_wal_segment_current", "Number of the log segment being written.",
            log.position().segment);
  out.Total("narthex_tsdb_wal_written_bytes_total", "Bytes written to the log.",
            counts.written_bytes);
  out.Total("prometheus_tsdb_wal_page_flushes_total", "Writes to the log.", counts.writes);
  out.Total("prometheus_tsdb_wal_completed_pages_total", "Pages of the log that became full.",
            counts.pages);
  out.Total("prometheus_tsdb_wal_writes_failed_total", "Writes to the log that failed.",
            counts.failed_writes);
}

}  // namespace

// Of all samples, in blocks and in memory; 0 without any.
int64_t Database::OldestTime() const {
  int64_t oldest_ms = max_time_ms_ >= min_time_ms_ ? min_time_ms_.load() : storage::kMaxTime;
  const auto view = blocks_.view();
  for (const BlockPtr& block : view->blocks)
    oldest_ms = std::min(oldest_ms, block->meta().min_time_ms);
  return oldest_ms == storage::kMaxTime ? 0 : oldest_ms;
}

void Database::AddMetrics() {
  registry_.AddComputed([this](openmetrics::ExpositionWriter& writer) {
    Singles out(writer);
    const DatabaseStats stats = Stats();
    out.Count("prometheus_tsdb_head_series", "Series in memory.", stats.series);
    out.Count("prometheus_tsdb_head_stale_series", "Series in memory that have ended.",
              stats.ended_series);
    out.Count("prometheus_tsdb_head_chunks", "Chunks in memory.", stats.chunks);
    out.Total("prometheus_tsdb_head_chunks_created_total", "Chunks begun in memory.",
              stats.chunks + static_cast<uint64_t>(metrics_.chunks_removed.value()));
    out.Time("prometheus_tsdb_head_min_time", "Time of the oldest sample in memory.",
             stats.min_time_ms);
    out.Time("prometheus_tsdb_head_max_time", "Time of the newest sample in memory.",
             stats.max_time_ms);
    out.Time("prometheus_tsdb_lowest_timestamp", "Time of the oldest sample of all.", OldestTime());
    out.Count("narthex_tsdb_symbols", "Different label names and values in memory.",
              index_.symbol_count());
    out.Count("prometheus_tsdb_isolation_low_watermark",
              "Number of the last commit that every reader sees.", commits_.watermark());
    out.Count("prometheus_tsdb_isolation_high_watermark", "Number of the last commit.",
              commits_.last());
    out.Count("prometheus_tsdb_head_chunks_storage_size_bytes",
              "Size of the files that chunks of live series are mapped from.",
              head_chunks_.size_bytes());
    if (const auto bytes = LogBytes(); bytes.ok())
      out.Count("prometheus_tsdb_wal_storage_size_bytes", "Size of the log.", *bytes);
    AddBlockMetrics(blocks_, out);
    AddRetentionMetrics(retention(), out);
    AddExemplarMetrics(exemplars_.Stats(), out);
    AddLogMetrics(*wal_, out);
  });
}

}  // namespace narthex::tsdb
