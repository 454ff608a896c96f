// The part of the database that opens it: series first, so that there can be appenders, then the
// samples of its log.
#include <algorithm>

#include "server/tsdb/database.h"
#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {

namespace {
const std::string kLockName = "lock";
}  // namespace

Result<std::unique_ptr<Database>> Database::Open(DatabaseOptions options, Files& files,
                                                 const Clock& clock, Logger log,
                                                 Registry& registry) {
  ASSIGN_OR_RETURN(auto database,
                   OpenForAppends(std::move(options), files, clock, std::move(log), registry));
  RETURN_IF_ERROR(database->ReadSamples());
  return database;
}

Result<std::unique_ptr<Database>> Database::OpenForAppends(DatabaseOptions options, Files& files,
                                                           const Clock& clock, Logger log,
                                                           Registry& registry) {
  std::unique_ptr<Database> database(
      new Database(std::move(options), files, clock, std::move(log), registry));
  RETURN_IF_ERROR(database->Start().Prefixed("open database"));
  return database;
}

Status Database::Start() {
  RETURN_IF_ERROR(files_.MakeDirectories(WalDirectory()));
  RETURN_IF_ERROR(Lock());
  RETURN_IF_ERROR(blocks_.Load());
  RETURN_IF_ERROR(StartHead());
  background_ = std::thread([this] { RunBackground(); });
  return {};
}

// A clean stop removes the file, as the reference does.
Status Database::Lock() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(options_.directory));
  const bool left = std::find(names.begin(), names.end(), kLockName) != names.end();
  ASSIGN_OR_RETURN(lock_, files_.Lock(options_.directory + "/" + kLockName));
  metrics_.clean_start.Set(left ? 0 : 1);
  if (left) log_.Info("the last stop was not a clean one");
  return {};
}

void Database::Unlock() {
  if (lock_ == nullptr) return;
  (void)files_.Remove(options_.directory + "/" + kLockName);
  lock_.reset();
}

Result<std::unique_ptr<const Database>> Database::OpenReadOnly(std::string directory, Files& files,
                                                               const Clock& clock, Logger log,
                                                               Registry& registry) {
  std::unique_ptr<Database> database(
      new Database({.directory = std::move(directory)}, files, clock, std::move(log), registry));
  RETURN_IF_ERROR(database->blocks_.Load(false));
  if (files.List(database->WalDirectory()).ok()) {
    RETURN_IF_ERROR(database->ReadSeries(FoundHeadChunks(), false));
    RETURN_IF_ERROR(database->replay_->ReadSamples());
    (void)database->FinishReplay();
  }
  RETURN_IF_ERROR(database->ReplayLate(false).status());
  return std::unique_ptr<const Database>(std::move(database));
}

ReplayOptions Database::HowToReplay(bool repair) const {
  return {.threads = options_.replay_threads,
          .min_time_ms = min_valid_time_ms_,
          .repair = repair,
          .starts = {.floats = options_.start_times,
                     .histograms = options_.start_times && options_.histogram_start_times},
          .progress = options_.progress,
          .damage = &metrics_.log_damage};
}

WalOptions Database::LogOptions() {
  WalOptions options = options_.wal;
  options.sync_seconds = &metrics_.sync_seconds;
  return options;
}

// What a sample to come is checked against is known from now on.
Status Database::ReadSeries(const FoundHeadChunks& found, bool repair) {
  min_valid_time_ms_ = blocks_.MaxTime();
  blocks_.SetHeadMinTime(min_valid_time_ms_);
  replay_ = std::make_unique<WalReplay>(files_, WalDirectory(),
                                        ReplayTarget{index_, commits_, exemplars_, metadata_},
                                        HowToReplay(repair), log_);
  RETURN_IF_ERROR(replay_->ReadSeries(found));
  max_time_ms_ = replay_->max_time_ms();
  owned_newest_times_ = std::make_shared<NewestTimes>(replay_->TakeNewestTimes());
  newest_times_ = owned_newest_times_.get();
  return {};
}

Status Database::StartHead() {
  replay_begin_ns_ = clock_.MonotonicNs();
  exemplars_.SetCapacity(options_.max_exemplars);
  ASSIGN_OR_RETURN(const FoundHeadChunks found, FindHeadChunks());
  RETURN_IF_ERROR(ReadSeries(found, true));
  RETURN_IF_ERROR(StartLate());
  // From now on the log has what they do not know of.
  RETURN_IF_ERROR(RemoveFastStartFiles());
  ASSIGN_OR_RETURN(wal_,
                   WalWriter::Open(files_, WalDirectory(), replay_->next_segment(), LogOptions()));
  log_.Info("series of the log are known",
            {{"series", index_.series_count()},
             {"seconds", static_cast<double>(clock_.MonotonicNs() - replay_begin_ns_) / 1e9}});
  return {};
}

Status Database::ReadSamples() {
  const std::lock_guard lock(compact_mutex_);
  RETURN_IF_ERROR(replay_->ReadSamples().Prefixed("read log"));
  RETURN_IF_ERROR(CatchUp().Prefixed("read log"));
  RETURN_IF_ERROR(head_chunks_.RemoveBefore(min_time_ms_));
  if (options_.progress != nullptr) options_.progress->Finish();
  if (const Status status = MapFinishedChunks(); !status.ok())
    log_.Error("chunks stay in memory", {{"err", status}});
  AddMetrics();
  return {};
}

// Reads on until little is left that was logged meanwhile, and the rest while nobody logs.
Status Database::CatchUp() {
  constexpr uint64_t kLittleBytes = 64 * 1024;
  constexpr int kMaxRounds = 16;  // who logs faster than is read waits in the end
  uint64_t read_bytes = 0;
  for (int round = 0; round < kMaxRounds; ++round) {
    const uint64_t written_bytes = wal_->counts().written_bytes;
    if (written_bytes - read_bytes < kLittleBytes) break;
    read_bytes = written_bytes;
    RETURN_IF_ERROR(replay_->ReadOn(wal_->position()));
  }
  ReplayReport report;
  {
    const std::unique_lock gate(replay_gate_);
    RETURN_IF_ERROR(replay_->ReadOn(wal_->position()));
    report = FinishReplay();
  }
  const double seconds = static_cast<double>(clock_.MonotonicNs() - replay_begin_ns_) / 1e9;
  metrics_.replay_seconds.Set(seconds);
  log_.Info("log replayed", {{"series", index_.series_count()},
                             {"samples", report.sample_count},
                             {"chunks", report.chunk_count},
                             {"unknown_refs", report.unknown_ref_count},
                             {"blocks", blocks_.view()->blocks.size()},
                             {"seconds", seconds}});
  return {};
}

// Series have their samples: these are what others are checked against from now on.
ReplayReport Database::FinishReplay() {
  const ReplayReport report = replay_->Finish();
  if (report.max_time_ms >= report.min_time_ms) {
    NoteTime(report.min_time_ms);
    NoteTime(report.max_time_ms);
  }
  replay_.reset();
  newest_times_ = nullptr;
  commits_.Retire(std::move(owned_newest_times_));
  return report;
}

// What the reference keeps for a faster start tells of a log that goes on here: left there, it
// would mislead the reference later.
Status Database::RemoveFastStartFiles() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(options_.directory));
  for (const std::string& name : names) {
    if (name.starts_with("chunk_snapshot."))
      RETURN_IF_ERROR(files_.Remove(options_.directory + "/" + name));
  }
  return files_.Remove(WalDirectory() + "/series_state.json");
}

}  // namespace narthex::tsdb
