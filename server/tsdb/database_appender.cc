#include "server/tsdb/database_appender.h"

#include <cassert>

namespace narthex::tsdb {

using storage::SeriesRef;

std::unique_ptr<storage::Appender> Database::NewAppender() {
  return std::make_unique<DatabaseAppender>(*this);
}

Result<SeriesRef> DatabaseAppender::Append(SeriesRef ref, const LabelSet& labels,
                                           int64_t timestamp_ms, double value) {
  MemSeries* series = ref == storage::kNoRef ? nullptr : database_.index_.Find(ref);
  for (;;) {
    if (series == nullptr) {
      if (labels.empty()) return InvalidArgument("sample without labels");
      series = database_.index_.GetOrCreate(labels);
    }
    Status status = AppendTo(*series, timestamp_ms, value);
    if (status.ok()) return series->ref;
    // Collected between being found and being locked: once more, by the labels.
    if (status.code() != Code::kNotFound) return status;
    series = nullptr;
  }
}

Status DatabaseAppender::AppendKnown(SeriesRef ref, int64_t timestamp_ms, double value) {
  MemSeries* series = database_.index_.Find(ref);
  if (series == nullptr) return Status(Code::kNotFound, "series is gone");
  return AppendTo(*series, timestamp_ms, value);
}

Status DatabaseAppender::AppendTo(MemSeries& series, int64_t timestamp_ms, double value) {
  // As the reference: at most half a chunk range behind the newest sample of all.
  const int64_t oldest_ms =
      std::max<int64_t>(database_.min_valid_time_ms_, database_.max_time_ms_ - kChunkRangeMs / 2);
  if (timestamp_ms < oldest_ms) {
    database_.out_of_bounds_.Add();
    return Status(Code::kOutOfBounds, "sample is too old");
  }
  const std::lock_guard lock(database_.index_.stripe(series));
  if (series.unlinked) return Status(Code::kNotFound, "series is gone");
  switch (series.Check(timestamp_ms, value)) {
    case AppendOutcome::kSame:
      return {};
    case AppendOutcome::kDuplicate:
      database_.duplicates_.Add();
      return Status(Code::kDuplicate, "another value for a timestamp that has one");
    case AppendOutcome::kOutOfOrder:
      database_.out_of_order_.Add();
      return Status(Code::kOutOfOrder, "sample is older than the newest of its series");
    case AppendOutcome::kAppended:
      break;
  }
  series.open.Prefetch();  // for Apply
  ++series.pending;
  if (!series.logged && (unlogged_.empty() || unlogged_.back() != &series))
    unlogged_.push_back(&series);
  pending_.push_back({&series, timestamp_ms, value});
  return {};
}

Status DatabaseAppender::Commit() {
  Status status = pending_.empty() ? Status() : Log();
  if (status.ok()) Apply();
  Forget();
  return status;
}

Status DatabaseAppender::Log() {
  std::string series_record;
  std::string samples_record;
  std::vector<std::string_view> records;
  if (!unlogged_.empty()) {
    std::vector<RefSeries> series;
    series.reserve(unlogged_.size());
    for (const MemSeries* one : unlogged_)
      series.push_back({one->ref, database_.index_.LabelsOf(*one)});
    EncodeSeries(series, series_record);
    records.push_back(series_record);
  }
  std::vector<RefSample> samples;
  samples.reserve(pending_.size());
  for (const Pending& one : pending_)
    samples.push_back({one.series->ref, one.timestamp_ms, one.value});
  EncodeSamples(samples, samples_record);
  records.push_back(samples_record);
  RETURN_IF_ERROR(database_.wal_->Log(records));
  for (MemSeries* one : unlogged_) {
    const std::lock_guard lock(database_.index_.stripe(*one));
    if (!one->logged) database_.series_created_.Add();
    one->logged = true;
  }
  return {};
}

void DatabaseAppender::Apply() {
  const CommitId commit = database_.commits_.BeginCommit();
  const CommitId watermark = database_.commits_.watermark();
  int64_t max_time_ms = storage::kMinTime;
  size_t applied = 0;
  for (const Pending& one : pending_) {
    const std::lock_guard lock(database_.index_.stripe(*one.series));
    --one.series->pending;
    // Another appender may have been faster: then this sample is late.
    if (one.series->Append(one.timestamp_ms, one.value) != AppendOutcome::kAppended) continue;
    one.series->marks.Add(commit, watermark);
    max_time_ms = std::max(max_time_ms, one.timestamp_ms);
    ++applied;
  }
  if (applied > 0) {
    database_.NoteTime(max_time_ms);
    database_.NoteTime(pending_.front().timestamp_ms);
  }
  database_.appended_.Add(static_cast<double>(applied));
  pending_.clear();
  database_.commits_.EndCommit(commit);
}

void DatabaseAppender::Forget() {
  for (const Pending& one : pending_) {
    const std::lock_guard lock(database_.index_.stripe(*one.series));
    --one.series->pending;
  }
  pending_.clear();
  unlogged_.clear();
}

}  // namespace narthex::tsdb
