// The time series database: recent data in memory, every commit in a write-ahead log, older data in
// blocks.
//
// What Commit() returned from is in the log by write(2), so killing the process loses none of it;
// the log is synced every second, which bounds what a power cut takes. When memory holds one and a
// half block ranges, the oldest range becomes a block; blocks go by age or size of all.
#ifndef NARTHEX_SERVER_TSDB_DATABASE_H_
#define NARTHEX_SERVER_TSDB_DATABASE_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

#include "common/bytes/duration.h"
#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "server/storage/admin.h"
#include "server/storage/stats.h"
#include "server/storage/storage.h"
#include "server/tsdb/append_batch.h"
#include "server/tsdb/block_store.h"
#include "server/tsdb/block_writer.h"
#include "server/tsdb/database_metrics.h"
#include "server/tsdb/exemplar_store.h"
#include "server/tsdb/head_chunk_files.h"
#include "server/tsdb/metadata_table.h"
#include "server/tsdb/series_index.h"
#include "server/tsdb/wal_replay.h"
#include "server/tsdb/wal_writer.h"

namespace narthex::tsdb {

// Which blocks go. Zero is no limit.
struct RetentionLimits {
  Duration time = Duration::Seconds(15 * 24 * 3600);  // behind the newest block
  ByteSize size = {0};                                // of blocks, log and mapped chunks together
  double disk_percentage = 0;  // the same as a part of the file system; prevails over `size`
};

struct DatabaseOptions {
  std::string directory = "data";
  WalOptions wal;
  Duration block_range = Duration::Seconds(2 * 3600);  // what the head makes a block of
  Duration max_block_range = {0};  // 0: a tenth of the retention, at most 31 days
  RetentionLimits retention;
  std::function<Result<uint64_t>()> disk_size;        // of the file system, in bytes
  Duration wal_sync_interval = Duration::Seconds(1);  // 0: the kernel decides
  size_t replay_threads = 0;                          // 0: as many as cores
  Duration out_of_order_window = {0};                 // 0: late samples are refused
  size_t max_exemplars = 0;                           // that are kept; 0: none
  bool start_times = false;                           // of samples are logged, and kept with floats
  bool histogram_start_times = false;                 // are kept with histograms, too
  bool start_zeros = false;                           // a zero is stored at each start time
  FloatEncoding float_encoding = FloatEncoding::kXor;  // of floats without start times in blocks
  double stale_threshold = 0;  // part of the series that have ended at which these go; 0: never
  std::string uploads_file;    // of BlocksToMerge(); empty: all blocks
  storage::ReplayProgress* progress = nullptr;  // of the replay, outlives the opening; may be null
};

struct DatabaseStats {
  size_t series = 0;
  size_t ended_series = 0;
  size_t chunks = 0;
  int64_t min_time_ms = 0;  // both 0 while there are no samples
  int64_t max_time_ms = 0;
};

class Database : public storage::Storage, public storage::Admin, public storage::StatsSource {
 public:
  // Locks the directory and replays the log. `files`, `clock` and `registry` outlive the database.
  // kUnavailable when the directory cannot be used or another process does.
  static Result<std::unique_ptr<Database>> Open(DatabaseOptions options, Files& files,
                                                const Clock& clock, Logger log, Registry& registry);
  // The same in two steps, of which the second takes most of the time. Between them what is
  // appended is checked and logged as ever, so that nothing of it is lost however long the replay
  // takes and however it ends; settings may change, and queriers answer kUnavailable. Nothing else
  // is asked of the database before that is over.
  static Result<std::unique_ptr<Database>> OpenForAppends(DatabaseOptions options, Files& files,
                                                          const Clock& clock, Logger log,
                                                          Registry& registry);
  Status ReadSamples();
  // Opens what is in a directory for reading alone, also while a server works there: nothing is
  // locked, mended or written.
  static Result<std::unique_ptr<const Database>> OpenReadOnly(std::string directory, Files& files,
                                                              const Clock& clock, Logger log,
                                                              Registry& registry);
  ~Database() override;

  std::unique_ptr<storage::Appender> NewAppender() override;
  std::unique_ptr<storage::Querier> NewQuerier(int64_t min_time_ms,
                                               int64_t max_time_ms) const override;

  DatabaseStats Stats() const;
  storage::Cardinality CountSeries(size_t limit) const override;
  std::vector<std::string> BlockMetas() const override;
  size_t damaged_block_count() const { return blocks_.damaged_count(); }

  // How far behind the newest sample of all a sample may be that is older than its series' newest.
  // kUnavailable where the log for these cannot be written.
  Status SetOutOfOrderWindow(Duration window);
  // For blocks to come.
  void SetFloatEncoding(FloatEncoding encoding) { float_encoding_ = encoding; }
  // In force when blocks are looked at next.
  void SetRetention(const RetentionLimits& limits);
  RetentionLimits retention() const;
  // As the option `stale_threshold`.
  void SetStaleThreshold(double threshold) { stale_threshold_ = threshold; }
  void SetMaxExemplars(size_t count) { exemplars_.SetCapacity(count); }
  // What is known of the family of a series; null for nothing.
  std::shared_ptr<const storage::Metadata> MetadataOf(storage::SeriesRef ref) const {
    return metadata_.Find(ref);
  }

  // Makes blocks of what is old enough in memory, drops it there and in the log, and removes blocks
  // beyond the retention. Runs by itself now and then. What somebody still reads is dropped by a
  // later call.
  Status Compact();

  Status DeleteSeries(int64_t min_time_ms, int64_t max_time_ms,
                      const std::vector<std::vector<storage::Matcher>>& selections) override;
  Status CleanTombstones() override;
  Result<std::string> Snapshot(bool with_head) override;

 private:
  friend class DatabaseAppender;
  friend class DatabaseQuerier;

  Database(DatabaseOptions options, Files& files, const Clock& clock, Logger log,
           Registry& registry);

  Status Lock();
  void Unlock();
  Status Start();
  Status StartHead();
  Result<FoundHeadChunks> FindHeadChunks();
  Status ReadSeries(const FoundHeadChunks& found, bool repair);
  Status CatchUp();
  ReplayReport FinishReplay();
  // Null but while the samples of the log are being read. Valid while a guard is held.
  NewestTimes* newest_times() const { return newest_times_.load(std::memory_order_acquire); }
  Result<LateReplayReport> ReplayLate(bool repair);
  Status RemoveFastStartFiles();
  // Whether the oldest range can become a block, and which that is.
  bool IsCompactable(int64_t& end_ms) const;
  Status CompactAll();
  Status MergeOldBlocks();
  Status ApplyRetention();
  uint64_t MaxBytes(const RetentionLimits& limits) const;
  Result<uint64_t> LogBytes() const;
  Status DeleteInHead(Interval interval, const std::vector<storage::Matcher>& matchers);
  Status WriteSnapshot(const std::string& directory, bool with_head);
  Status CompactHead(int64_t end_ms);
  Status WaitFor(bool writers_only) const;
  Status DropOld();
  // Moves finished chunks from memory into files.
  Status MapFinishedChunks();
  Result<size_t> MapSomeChunks(Slot& next);
  Status MapIfMany();
  Status RewriteLateLog();
  Status StartLate();
  Status OpenLateLog();
  Status CompactLate();
  Status DropLate();
  bool IsEndedCompactionDue() const;
  Status CompactEnded();
  Status WriteEndedBlocks();
  Status DropEnded();
  Status LogEnds(const std::vector<storage::SeriesRef>& refs);
  WalWriter* late_log() const;  // null before the first window
  Status Checkpoint(int64_t min_time_ms);
  int64_t OldestTime() const;
  void AddMetrics();
  void RunBackground();
  std::string WalDirectory() const { return options_.directory + "/wal"; }
  std::string LateLogDirectory() const { return options_.directory + "/wbl"; }
  void NoteTime(int64_t timestamp_ms);
  void NoteLateTime(int64_t timestamp_ms);
  storage::SampleTime HistogramTime(storage::SampleTime time) const {
    return {time.at_ms, options_.histogram_start_times ? time.start_ms : 0};
  }
  ReplayOptions HowToReplay(bool repair) const;
  WalOptions LogOptions();  // of the log whose syncs are observed
  NewBlock Blocks() { return {options_.directory, clock_.NowMs(), float_encoding_, nullptr}; }
  // Of what was in no block before.
  NewBlock FirstBlocks() {
    return {options_.directory, clock_.NowMs(), float_encoding_, &metrics_.block_chunks};
  }

  const DatabaseOptions options_;
  std::atomic<FloatEncoding> float_encoding_;
  mutable std::mutex retention_mutex_;
  RetentionLimits retention_;  // guarded by retention_mutex_
  Files& files_;
  const Clock& clock_;
  Registry& registry_;
  const Logger log_;
  std::unique_ptr<AppendFile> lock_;
  ChunkMemory chunk_memory_;  // outlives all series, those too that wait in the clock for readers
  mutable CommitClock commits_;
  SeriesIndex index_;
  std::unique_ptr<WalWriter> wal_;
  AppendBatchPool batches_;
  BlockStore blocks_;
  HeadChunkFiles head_chunks_;  // outlives no chunk of the index: used by none when it goes
  ExemplarStore exemplars_;
  MetadataTable metadata_;

  // The replay, until its end. With replay_gate_ shared, appenders log what the replay will append;
  // with all of it, the replay ends.
  int64_t replay_begin_ns_ = 0;
  std::unique_ptr<WalReplay> replay_;
  std::shared_mutex replay_gate_;
  std::shared_ptr<NewestTimes> owned_newest_times_;
  std::atomic<NewestTimes*> newest_times_{nullptr};

  std::atomic<int64_t> min_time_ms_{storage::kMaxTime};
  std::atomic<int64_t> max_time_ms_{storage::kMinTime};
  std::atomic<int64_t> min_valid_time_ms_{storage::kMinTime};
  std::atomic<size_t> chunks_begun_{0};  // since finished ones were moved into files

  // Samples that came out of order.
  mutable std::mutex late_log_mutex_;
  std::unique_ptr<WalWriter> late_log_;
  uint64_t next_late_segment_ = 0;
  std::atomic<int64_t> late_window_ms_{0};
  std::atomic<int64_t> min_late_ms_{storage::kMaxTime};
  std::atomic<int64_t> max_late_ms_{storage::kMinTime};
  uint64_t late_segment_ = 0;   // what is before it is in blocks
  bool late_drop_due_ = false;  // blocks were made of what memory still has

  // Series that ended and are in blocks of their own, to be dropped unless they go on.
  struct EndedSeries {
    storage::SeriesRef ref;
    int64_t last_ms;
  };
  std::vector<EndedSeries> ended_;
  std::atomic<double> stale_threshold_;

  DatabaseMetrics metrics_;
  bool drop_due_ = false;  // a block was made of what memory still has

  std::mutex compact_mutex_;
  std::mutex background_mutex_;
  std::condition_variable background_wake_;
  bool stopping_ = false;
  std::thread background_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_DATABASE_H_
