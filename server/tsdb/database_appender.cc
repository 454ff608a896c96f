#include "server/tsdb/database_appender.h"

#include <cassert>

namespace narthex::tsdb {

using storage::SeriesRef;

std::unique_ptr<storage::Appender> Database::NewAppender() {
  return std::make_unique<DatabaseAppender>(*this);
}

DatabaseAppender::~DatabaseAppender() {
  Forget();
  database_.batches_.Give(std::move(batch_));
}

void DatabaseAppender::Expect(SeriesRef ref) {
  if (const MemSeries* series = database_.index_.Find(ref)) series->Prefetch();
}

Result<SeriesRef> DatabaseAppender::Append(SeriesRef ref, const LabelSet& labels,
                                           storage::SampleTime time, double value) {
  MemSeries* series = ref == storage::kNoRef ? nullptr : database_.index_.Find(ref);
  for (;;) {
    if (series == nullptr) {
      if (labels.empty()) return InvalidArgument("sample without labels");
      series = database_.index_.GetOrCreate(labels);
    }
    Status status = AppendTo(*series, time.at_ms, value);
    if (status.ok()) return series->ref;
    // Collected between being found and being locked: once more, by the labels.
    if (status.code() != Code::kNotFound) return status;
    series = nullptr;
  }
}

Status DatabaseAppender::AppendKnown(SeriesRef ref, storage::SampleTime time, double value) {
  MemSeries* series = database_.index_.Find(ref);
  if (series == nullptr) return Status(Code::kNotFound, "series is gone");
  return AppendTo(*series, time.at_ms, value);
}

Result<SeriesRef> DatabaseAppender::AppendHistogram(SeriesRef, const LabelSet&, storage::SampleTime,
                                                    const storage::Histogram&) {
  return InvalidArgument("native histograms are not stored");
}

Status DatabaseAppender::AppendExemplar(SeriesRef, const openmetrics::Exemplar&) {
  return InvalidArgument("exemplars are not stored");
}

Status DatabaseAppender::UpdateMetadata(SeriesRef, const storage::Metadata&) {
  return InvalidArgument("metadata is not stored");
}

Status DatabaseAppender::AppendTo(MemSeries& series, int64_t timestamp_ms, double value) {
  // As the reference: at most half a block range behind the newest sample of all.
  const int64_t oldest_ms = std::max<int64_t>(
      database_.min_valid_time_ms_, database_.max_time_ms_ - database_.options_.block_range.ms / 2);
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
  if (!series.logged && (batch_.unlogged.empty() || batch_.unlogged.back() != &series))
    batch_.unlogged.push_back(&series);
  batch_.samples.push_back({series.ref, timestamp_ms, value});
  batch_.series.push_back(&series);
  return {};
}

Status DatabaseAppender::Commit() {
  Status status = batch_.samples.empty() ? Status() : Log();
  if (status.ok()) Apply();
  Forget();
  return status;
}

Status DatabaseAppender::Log() {
  std::vector<std::string_view> records;
  if (!batch_.unlogged.empty()) {
    std::vector<RefSeries> series;
    series.reserve(batch_.unlogged.size());
    for (const MemSeries* one : batch_.unlogged)
      series.push_back({one->ref, database_.index_.LabelsOf(*one)});
    EncodeSeries(series, batch_.series_record);
    records.push_back(batch_.series_record);
  }
  EncodeSamples(batch_.samples, batch_.samples_record);
  records.push_back(batch_.samples_record);
  RETURN_IF_ERROR(database_.wal_->Log(records));
  for (MemSeries* one : batch_.unlogged) {
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
  {
    StripeLock lock(database_.index_);
    for (size_t i = 0; i < batch_.samples.size(); ++i) {
      MemSeries& series = *batch_.series[i];
      const RefSample& sample = batch_.samples[i];
      lock.Hold(series);
      --series.pending;
      // Another appender may have been faster: then this sample is late.
      if (series.Append(sample.timestamp_ms, sample.value) != AppendOutcome::kAppended) continue;
      series.marks.Add(commit, watermark);
      max_time_ms = std::max(max_time_ms, sample.timestamp_ms);
      ++applied;
    }
  }
  if (applied > 0) {
    database_.NoteTime(max_time_ms);
    database_.NoteTime(batch_.samples.front().timestamp_ms);
  }
  database_.appended_.Add(static_cast<double>(applied));
  batch_.Clear();
  database_.commits_.EndCommit(commit);
}

void DatabaseAppender::Forget() {
  StripeLock lock(database_.index_);
  for (MemSeries* series : batch_.series) {
    lock.Hold(*series);
    --series->pending;
  }
  batch_.Clear();
}

}  // namespace narthex::tsdb
