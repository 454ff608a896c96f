#include "server/tsdb/database_appender.h"

#include <algorithm>
#include <span>
#include <type_traits>

namespace narthex::tsdb {

using storage::SeriesRef;

std::unique_ptr<storage::Appender> Database::NewAppender() {
  return std::make_unique<DatabaseAppender>(*this);
}

DatabaseAppender::DatabaseAppender(Database& database)
    : database_(database), guard_(database.commits_, false), batch_(database.batches_.Take()) {
  database.metrics_.appenders.Add(1);
}

DatabaseAppender::~DatabaseAppender() {
  Forget();
  database_.metrics_.appenders.Add(-1);
  database_.batches_.Give(std::move(batch_));
}

void DatabaseAppender::Expect(SeriesRef ref) {
  if (const MemSeries* series = database_.index_.Find(ref)) series->Prefetch();
}

template <typename Value>
Result<SeriesRef> DatabaseAppender::AppendByLabels(SeriesRef ref, const LabelSet& labels,
                                                   storage::SampleTime time, const Value& value) {
  MemSeries* series = ref == storage::kNoRef ? nullptr : database_.index_.Find(ref);
  for (;;) {
    if (series == nullptr) {
      if (labels.empty()) return InvalidArgument("sample without labels");
      series = database_.index_.GetOrCreate(labels);
    }
    Status status = AppendTo(*series, time, value);
    if (status.ok()) return series->ref;
    // Collected between being found and being locked: once more, by the labels.
    if (status.code() != Code::kNotFound) return status;
    series = nullptr;
  }
}

Result<SeriesRef> DatabaseAppender::Append(SeriesRef ref, const LabelSet& labels,
                                           storage::SampleTime time, double value) {
  return AppendByLabels(ref, labels, time, value);
}

Status DatabaseAppender::AppendKnown(SeriesRef ref, storage::SampleTime time, double value) {
  MemSeries* series = database_.index_.Find(ref);
  if (series == nullptr) return Status(Code::kNotFound, "series is gone");
  return AppendTo(*series, time, value);
}

Result<SeriesRef> DatabaseAppender::AppendHistogram(SeriesRef ref, const LabelSet& labels,
                                                    storage::SampleTime time,
                                                    const storage::Histogram& histogram) {
  RETURN_IF_ERROR(storage::Validate(histogram));
  return AppendByLabels(ref, labels, time, histogram);
}

Result<MemSeries*> DatabaseAppender::FindLive(SeriesRef ref) {
  MemSeries* series = database_.index_.Find(ref);
  if (series == nullptr) return Status(Code::kNotFound, "series is gone");
  const std::lock_guard lock(database_.index_.stripe(*series));
  if (series->unlinked) return Status(Code::kNotFound, "series is gone");
  NoteUnlogged(*series);
  return series;
}

Status DatabaseAppender::AppendExemplar(SeriesRef ref, const openmetrics::Exemplar& exemplar) {
  if (!database_.exemplars_.enabled()) return {};
  ASSIGN_OR_RETURN(const MemSeries* series, FindLive(ref));
  RETURN_IF_ERROR(database_.exemplars_.Check(database_.index_.LabelsOf(*series), exemplar));
  batch_.exemplars.push_back({series->ref, exemplar});
  return {};
}

Status DatabaseAppender::UpdateMetadata(SeriesRef ref, const storage::Metadata& metadata) {
  ASSIGN_OR_RETURN(const MemSeries* series, FindLive(ref));
  if (!database_.metadata_.Has(series->ref, metadata))
    batch_.metadata.push_back({series->ref, metadata});
  return {};
}

// As the reference: at most half a block range behind the newest sample of all.
int64_t DatabaseAppender::OldestInOrder() const {
  return std::max<int64_t>(database_.min_valid_time_ms_,
                           database_.max_time_ms_ - database_.options_.block_range.ms / 2);
}

// While the log is being read, the samples of a series in order are the replay's.
template <typename Value>
AppendOutcome DatabaseAppender::Check(const MemSeries& series, int64_t timestamp_ms,
                                      const Value& value) const {
  const NewestTimes* newest = database_.newest_times();
  return newest != nullptr ? newest->Check(series.ref, timestamp_ms)
                           : series.Check(timestamp_ms, value);
}

// Late ones as far as the window for these goes.
template <typename Value>
Result<DatabaseAppender::Place> DatabaseAppender::PlaceOf(const MemSeries& series,
                                                          int64_t timestamp_ms,
                                                          const Value& value) {
  if (series.unlinked) return Status(Code::kNotFound, "series is gone");
  constexpr bool kFloat = std::is_same_v<Value, double>;
  constexpr SampleCounts kOne{kFloat ? 1 : 0, kFloat ? 0 : 1};
  if (timestamp_ms < OldestInOrder()) return PlaceLate(timestamp_ms, Code::kOutOfBounds, kOne);
  switch (Check(series, timestamp_ms, value)) {
    case AppendOutcome::kSame:
      return Place::kNowhere;
    case AppendOutcome::kDuplicate:
      database_.metrics_.duplicates.Add();
      return Status(Code::kDuplicate, "another value for a timestamp that has one");
    case AppendOutcome::kOutOfOrder:
      return PlaceLate(timestamp_ms, Code::kOutOfOrder, kOne);
    case AppendOutcome::kAppended:
      break;
  }
  return Place::kInOrder;
}

Result<DatabaseAppender::Place> DatabaseAppender::PlaceLate(int64_t timestamp_ms, Code otherwise,
                                                            const SampleCounts& one) {
  const int64_t window_ms = database_.late_window_ms_;
  if (window_ms > 0 && timestamp_ms >= database_.max_time_ms_ - window_ms) return Place::kLate;
  if (window_ms > 0) {
    database_.metrics_.too_old.Add(one);
    return Status(Code::kOutOfBounds, "sample is out of order, and older than the window for that");
  }
  if (otherwise == Code::kOutOfBounds) {
    database_.metrics_.out_of_bounds.Add(one);
    return Status(otherwise, "sample is too old");
  }
  database_.metrics_.out_of_order.Add(one);
  return Status(otherwise, "sample is older than the newest of its series");
}

void DatabaseAppender::Note(MemSeries& series, SampleKind kind) {
  batch_.Begin(kind, series.pending > 0);
  ++series.pending;
  NoteUnlogged(series);
}

void DatabaseAppender::NoteUnlogged(MemSeries& series) {
  if (!series.logged && (batch_.unlogged.empty() || batch_.unlogged.back() != &series))
    batch_.unlogged.push_back(&series);
}

void DatabaseAppender::Add(MemSeries& series, storage::SampleTime time, double value) {
  if (database_.newest_times() == nullptr) series.open.Prefetch();  // for Apply
  Note(series, SampleKind::kFloat);
  batch_.samples.push_back({series.ref, time.at_ms, value, StartOf(time)});
  batch_.series.push_back(&series);
}

void DatabaseAppender::Add(MemSeries& series, storage::SampleTime time,
                           const storage::Histogram& histogram) {
  Note(series, KindOf(histogram));
  batch_.histograms.push_back({series.ref, time.at_ms, histogram, StartOf(time)});
  batch_.histogram_series.push_back(&series);
}

// What a counter was when it began. As the reference: where that is in order, never late, and
// nobody is told where it is not.
template <typename Value>
void DatabaseAppender::AddStartZero(MemSeries& series, storage::SampleTime time,
                                    const Value& zero) {
  const int64_t at_ms = time.start_ms;
  if (at_ms >= time.at_ms || at_ms < OldestInOrder() || series.unlinked ||
      Check(series, at_ms, zero) != AppendOutcome::kAppended)
    return;
  Add(series, at_ms, zero);
}

namespace {

storage::Histogram ZeroLike(const storage::Histogram& histogram) {
  storage::Histogram zero;
  zero.hint = storage::CounterResetHint::kReset;
  zero.float_counts = histogram.float_counts;
  zero.schema = histogram.schema;
  zero.zero_threshold = histogram.zero_threshold;
  zero.custom_bounds = histogram.custom_bounds;
  return zero;
}

}  // namespace

Status DatabaseAppender::AppendTo(MemSeries& series, storage::SampleTime time, double value) {
  std::unique_lock lock(database_.index_.stripe(series));
  // While the log is being read, the replay does this.
  if (database_.newest_times() == nullptr && series.histograms && storage::IsStaleNaN(value)) {
    const bool float_counts = series.histograms->writer.float_counts();
    lock.unlock();
    return AppendTo(series, time, storage::StaleHistogram(float_counts));
  }
  if (time.start_ms != 0 && database_.options_.start_zeros) AddStartZero(series, time, 0.0);
  ASSIGN_OR_RETURN(const Place place, PlaceOf(series, time.at_ms, value));
  if (place == Place::kInOrder) Add(series, time, value);
  if (place != Place::kLate) return {};
  ++series.pending;
  NoteUnlogged(series);
  batch_.late_samples.push_back({series.ref, time.at_ms, value, StartOf(time)});
  batch_.late_series.push_back(&series);
  return {};
}

Status DatabaseAppender::AppendTo(MemSeries& series, storage::SampleTime time,
                                  const storage::Histogram& histogram) {
  const std::lock_guard lock(database_.index_.stripe(series));
  if (time.start_ms != 0 && database_.options_.start_zeros)
    AddStartZero(series, time, ZeroLike(histogram));
  ASSIGN_OR_RETURN(const Place place, PlaceOf(series, time.at_ms, histogram));
  if (place == Place::kInOrder) Add(series, time, histogram);
  if (place != Place::kLate) return {};
  ++series.pending;
  NoteUnlogged(series);
  batch_.late_histograms.push_back({series.ref, time.at_ms, histogram, StartOf(time)});
  batch_.late_histogram_series.push_back(&series);
  return {};
}

Status DatabaseAppender::Commit() {
  if (database_.newest_times() == nullptr) return CommitNow();
  const std::shared_lock gate(database_.replay_gate_);
  return CommitNow();
}

Status DatabaseAppender::CommitNow() {
  Status status = batch_.empty() ? Status() : Log();
  if (status.ok()) Apply();
  Forget();
  return status;
}

Status DatabaseAppender::Log() {
  if (!batch_.unlogged.empty()) {
    std::vector<RefSeries> series;
    series.reserve(batch_.unlogged.size());
    for (const MemSeries* one : batch_.unlogged)
      series.push_back({one->ref, database_.index_.LabelsOf(*one)});
    EncodeSeries(series, batch_.records.Add());
  }
  if (!batch_.metadata.empty()) EncodeMetadata(batch_.metadata, batch_.records.Add());
  batch_.VisitParts([&](const BatchPart& begin, const BatchPart& end) {
    const auto samples =
        std::span(batch_.samples).subspan(begin.samples_end, end.samples_end - begin.samples_end);
    const auto histograms =
        std::span(batch_.histograms)
            .subspan(begin.histograms_end, end.histograms_end - begin.histograms_end);
    if (!samples.empty()) EncodeSamples(samples, batch_.records.Add());
    EncodeHistograms(histograms, batch_.records);
  });
  if (!batch_.exemplars.empty()) EncodeExemplars(batch_.exemplars, batch_.records.Add());
  if (!batch_.records.empty()) RETURN_IF_ERROR(database_.wal_->Log(batch_.records.views()));
  for (MemSeries* one : batch_.unlogged) {
    const std::lock_guard lock(database_.index_.stripe(*one));
    if (!one->logged) database_.metrics_.series_created.Add();
    one->logged = true;
  }
  if (!batch_.has_late()) return {};
  batch_.records.Clear();
  if (!batch_.late_samples.empty()) EncodeSamples(batch_.late_samples, batch_.records.Add());
  EncodeHistograms(batch_.late_histograms, batch_.records);
  return database_.late_log()->Log(batch_.records.views());
}

void DatabaseAppender::Apply() {
  const CommitId commit = database_.commits_.BeginCommit();
  NewestTimes* newest = database_.newest_times();
  const SampleCounts applied = newest != nullptr ? NoteLogged(*newest) : ApplyInOrder(commit);
  ApplyRest(commit);
  database_.metrics_.appended.Add(applied);
  batch_.Clear();
  database_.commits_.EndCommit(commit);
}

SampleCounts DatabaseAppender::ApplyInOrder(CommitId commit) {
  SampleCounts applied;
  batch_.VisitParts([&](const BatchPart& begin, const BatchPart& end) {
    ApplyPart(begin, end, commit, applied);
  });
  return applied;
}

// The replay will come to them.
SampleCounts DatabaseAppender::NoteLogged(NewestTimes& newest) {
  SampleCounts counts;
  StripeLock lock(database_.index_);
  const auto note = [&](MemSeries& series, int64_t timestamp_ms, size_t& count) {
    lock.Hold(series);
    --series.pending;
    if (!newest.Raise(series.ref, timestamp_ms)) return;
    database_.NoteTime(timestamp_ms);
    ++count;
  };
  for (size_t i = 0; i < batch_.samples.size(); ++i)
    note(*batch_.series[i], batch_.samples[i].timestamp_ms, counts.floats);
  for (size_t i = 0; i < batch_.histograms.size(); ++i)
    note(*batch_.histogram_series[i], batch_.histograms[i].timestamp_ms, counts.histograms);
  return counts;
}

void DatabaseAppender::ApplyRest(CommitId commit) {
  if (batch_.has_late()) ApplyLate(commit);
  for (const RefMetadata& one : batch_.metadata) database_.metadata_.Set(one.ref, one.metadata);
  for (const RefExemplar& one : batch_.exemplars) {
    // It was checked; since then another appender may have brought a newer one.
    if (const MemSeries* series = database_.index_.Find(one.ref))
      (void)database_.exemplars_.Add(database_.index_.LabelsOf(*series), one.exemplar);
  }
}

void DatabaseAppender::ApplyPart(const BatchPart& begin, const BatchPart& end, CommitId commit,
                                 SampleCounts& applied) {
  const CommitId watermark = database_.commits_.watermark();
  int64_t min_time_ms = storage::kMaxTime;
  int64_t max_time_ms = storage::kMinTime;
  size_t begun = 0;
  StripeLock lock(database_.index_);
  const auto apply = [&](MemSeries& series, storage::SampleTime time, const auto& value,
                         size_t& count) {
    lock.Hold(series);
    --series.pending;
    // Another appender may have been faster: then this sample is late.
    if (series.Append(time, value) != AppendOutcome::kAppended) return;
    series.marks.Add(commit, watermark);
    begun += series.OpenSampleCount() == 1 ? 1 : 0;
    min_time_ms = std::min(min_time_ms, time.at_ms);
    max_time_ms = std::max(max_time_ms, time.at_ms);
    ++count;
  };
  for (size_t i = begin.samples_end; i < end.samples_end; ++i)
    apply(*batch_.series[i], batch_.samples[i].time(), batch_.samples[i].value, applied.floats);
  for (size_t i = begin.histograms_end; i < end.histograms_end; ++i) {
    const RefHistogram& one = batch_.histograms[i];
    apply(*batch_.histogram_series[i], database_.HistogramTime(one.time()), one.histogram,
          applied.histograms);
  }
  lock.Release();
  if (begun > 0) database_.chunks_begun_ += begun;
  if (max_time_ms < min_time_ms) return;
  database_.NoteTime(max_time_ms);
  database_.NoteTime(min_time_ms);
}

void DatabaseAppender::ApplyLate(CommitId commit) {
  const CommitId watermark = database_.commits_.watermark();
  SampleCounts applied;
  StripeLock lock(database_.index_);
  const auto apply = [&](MemSeries& series, storage::SampleTime time, double value,
                         storage::HistogramPtr histogram) {
    size_t& count = histogram ? applied.histograms : applied.floats;
    lock.Hold(series);
    --series.pending;
    if (!series.InsertLate(time, value, std::move(histogram), commit, watermark)) return;
    database_.NoteLateTime(time.at_ms);
    ++count;
  };
  for (size_t i = 0; i < batch_.late_samples.size(); ++i) {
    const RefSample& one = batch_.late_samples[i];
    apply(*batch_.late_series[i], one.time(), one.value, nullptr);
  }
  for (size_t i = 0; i < batch_.late_histograms.size(); ++i) {
    RefHistogram& one = batch_.late_histograms[i];
    apply(*batch_.late_histogram_series[i], database_.HistogramTime(one.time()), 0,
          std::make_shared<storage::Histogram>(std::move(one.histogram)));
  }
  database_.metrics_.late_appended.Add(applied);
}

void DatabaseAppender::Forget() {
  StripeLock lock(database_.index_);
  for (const auto* list : {&batch_.series, &batch_.histogram_series, &batch_.late_series,
                           &batch_.late_histogram_series}) {
    for (MemSeries* series : *list) {
      lock.Hold(*series);
      --series->pending;
    }
  }
  batch_.Clear();
}

}  // namespace narthex::tsdb
