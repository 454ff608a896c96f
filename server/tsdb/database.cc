#include "server/tsdb/database.h"

#include <algorithm>
#include <chrono>

#include "server/tsdb/wal_replay.h"

namespace narthex::tsdb {
namespace {

constexpr Duration kTruncateEvery = Duration::Seconds(30 * 60);

}  // namespace

Database::Database(DatabaseOptions options, Files& files, const Clock& clock, Logger log,
                   Registry& registry)
    : options_(std::move(options)),
      files_(files),
      clock_(clock),
      log_(std::move(log)),
      index_(commits_),
      appended_(
          registry.AddCounter("prometheus_tsdb_head_samples_appended_total", "Samples appended.")),
      rejected_(registry.AddCounterFamily("narthex_tsdb_samples_rejected_total",
                                          "Samples refused, by reason.", {"reason"})),
      out_of_order_(rejected_.With({"out_of_order"})),
      out_of_bounds_(rejected_.With({"out_of_bounds"})),
      duplicates_(rejected_.With({"duplicate"})),
      dropped_(registry.AddCounter("narthex_tsdb_head_dropped_samples_total",
                                   "Samples dropped because of their age.")),
      series_created_(
          registry.AddCounter("prometheus_tsdb_head_series_created_total", "Series made.")),
      series_removed_(
          registry.AddCounter("prometheus_tsdb_head_series_removed_total", "Series removed.")),
      truncations_(registry.AddCounter("prometheus_tsdb_head_truncations_total",
                                       "Times that old data was dropped.")) {}

Database::~Database() {
  {
    const std::lock_guard lock(background_mutex_);
    stopping_ = true;
  }
  background_wake_.notify_all();
  if (background_.joinable()) background_.join();
}

Result<std::unique_ptr<Database>> Database::Open(DatabaseOptions options, Files& files,
                                                 const Clock& clock, Logger log,
                                                 Registry& registry) {
  std::unique_ptr<Database> database(
      new Database(std::move(options), files, clock, std::move(log), registry));
  RETURN_IF_ERROR(database->Start().Prefixed("open database"));
  database->AddMetrics(registry);
  return database;
}

Status Database::Start() {
  RETURN_IF_ERROR(files_.MakeDirectories(WalDirectory()));
  ASSIGN_OR_RETURN(lock_, files_.Lock(options_.directory + "/lock"));
  const int64_t begin_ns = clock_.MonotonicNs();
  ASSIGN_OR_RETURN(const ReplayReport report, ReplayWal(files_, WalDirectory(), index_, commits_,
                                                        options_.replay_threads, log_));
  if (report.max_time_ms >= report.min_time_ms) {
    min_time_ms_ = report.min_time_ms;
    max_time_ms_ = report.max_time_ms;
  }
  log_.Info("log replayed",
            {{"series", index_.series_count()},
             {"samples", report.sample_count},
             {"unknown_refs", report.unknown_ref_count},
             {"seconds", static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9}});
  ASSIGN_OR_RETURN(wal_,
                   WalWriter::Open(files_, WalDirectory(), report.next_segment, options_.wal));
  background_ = std::thread([this] { RunBackground(); });
  return {};
}

void Database::RunBackground() {
  int64_t next_truncate_ns = clock_.MonotonicNs() + kTruncateEvery.ms * 1'000'000;
  const auto wait =
      std::chrono::milliseconds(std::max<int64_t>(options_.wal_sync_interval.ms, 100));
  std::unique_lock lock(background_mutex_);
  while (!background_wake_.wait_for(lock, wait, [this] { return stopping_; })) {
    lock.unlock();
    if (options_.wal_sync_interval.ms > 0) {
      if (const Status status = wal_->Sync(); !status.ok())
        log_.Error("log not synced", {{"err", status}});
    }
    if (clock_.MonotonicNs() >= next_truncate_ns) {
      next_truncate_ns = clock_.MonotonicNs() + kTruncateEvery.ms * 1'000'000;
      if (const Status status = Truncate(); !status.ok())
        log_.Error("old data not dropped", {{"err", status}});
    }
    lock.lock();
  }
}

Status Database::Truncate() {
  const std::lock_guard lock(truncate_mutex_);
  const int64_t min_time_ms = max_time_ms_ - options_.head_retention.ms;
  if (min_time_ms_ >= min_time_ms) return {};
  min_valid_time_ms_ = min_time_ms;
  size_t samples = 0;
  const size_t series = [&] {
    index_.ForEach([&](MemSeries& one) {
      const std::lock_guard series_lock(index_.stripe(one));
      samples += one.Truncate(min_time_ms);
    });
    return index_.Collect(
        [](const MemSeries& one) { return one.chunk_count() == 0 && one.pending == 0; });
  }();
  min_time_ms_ = min_time_ms;
  dropped_.Add(static_cast<double>(samples));
  series_removed_.Add(static_cast<double>(series));
  truncations_.Add();
  log_.Info("dropped data older than the head's retention",
            {{"retention", FormatDuration(options_.head_retention)},
             {"samples", samples},
             {"series", series}});
  return Checkpoint(min_time_ms);
}

// Replaces the lower two thirds of the log by what is still alive in them.
Status Database::Checkpoint(int64_t min_time_ms) {
  ASSIGN_OR_RETURN(const uint64_t present, wal_->NextSegment());
  ASSIGN_OR_RETURN(const WalLayout layout, ListWal(files_, WalDirectory()));
  if (layout.segments.empty()) return {};
  const uint64_t first = layout.segments.front();
  const uint64_t last = first + (present - 1 - first) * 2 / 3;
  if (last <= first) return {};
  return WriteCheckpoint(
      files_, WalDirectory(), last, options_.wal,
      [&](const RefSample& sample) { return sample.timestamp_ms >= min_time_ms; },
      [&](storage::SeriesRef ref) {
        const CommitClock::Guard guard(commits_, false);
        return index_.Find(ref) != nullptr;
      },
      log_);
}

void Database::NoteTime(int64_t timestamp_ms) {
  for (int64_t seen = max_time_ms_;
       timestamp_ms > seen && !max_time_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
  for (int64_t seen = min_time_ms_;
       timestamp_ms < seen && !min_time_ms_.compare_exchange_weak(seen, timestamp_ms);) {
  }
}

DatabaseStats Database::Stats() const {
  DatabaseStats stats;
  stats.series = index_.series_count();
  index_.ForEach([&](MemSeries& series) {
    const std::lock_guard lock(index_.stripe(series));
    stats.chunks += series.chunk_count();
  });
  if (max_time_ms_ >= min_time_ms_) {
    stats.min_time_ms = min_time_ms_;
    stats.max_time_ms = max_time_ms_;
  }
  return stats;
}

void Database::AddMetrics(Registry& registry) {
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    using openmetrics::Type;
    const DatabaseStats stats = Stats();
    out.Add("prometheus_tsdb_head_series", Type::kGauge, "Series in memory.")
        .Sample({}, static_cast<double>(stats.series));
    out.Add("prometheus_tsdb_head_chunks", Type::kGauge, "Chunks in memory.")
        .Sample({}, static_cast<double>(stats.chunks));
    out.Add("prometheus_tsdb_head_min_time_seconds", Type::kGauge,
            "Time of the oldest sample in memory.")
        .Sample({}, static_cast<double>(stats.min_time_ms) / 1000);
    out.Add("prometheus_tsdb_head_max_time_seconds", Type::kGauge,
            "Time of the newest sample in memory.")
        .Sample({}, static_cast<double>(stats.max_time_ms) / 1000);
    out.Add("narthex_tsdb_symbols", Type::kGauge, "Different label names and values in memory.")
        .Sample({}, static_cast<double>(index_.symbol_count()));
    out.Add("prometheus_tsdb_wal_segment_current", Type::kGauge,
            "Number of the log segment being written.")
        .Sample({}, static_cast<double>(wal_->present_segment()));
    out.Add("narthex_tsdb_wal_written_bytes_total", Type::kCounter, "Bytes written to the log.")
        .Sample({}, static_cast<double>(wal_->written_bytes()));
  });
}

}  // namespace narthex::tsdb
