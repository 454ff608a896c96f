#ifndef NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_
#define NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_

#include <vector>

#include "server/tsdb/database.h"

namespace narthex::tsdb {

// Collects checked samples; Commit() logs and then applies them.
class DatabaseAppender : public storage::Appender {
 public:
  explicit DatabaseAppender(Database& database);
  ~DatabaseAppender() override;

  void Expect(storage::SeriesRef ref) override;
  Result<storage::SeriesRef> Append(storage::SeriesRef ref, const LabelSet& labels,
                                    storage::SampleTime time, double value) override;
  Status AppendKnown(storage::SeriesRef ref, storage::SampleTime time, double value) override;
  Result<storage::SeriesRef> AppendHistogram(storage::SeriesRef ref, const LabelSet& labels,
                                             storage::SampleTime time,
                                             const storage::Histogram& histogram) override;
  Status AppendExemplar(storage::SeriesRef ref, const openmetrics::Exemplar& exemplar) override;
  Status UpdateMetadata(storage::SeriesRef ref, const storage::Metadata& metadata) override;
  Status Commit() override;

 private:
  Status AppendTo(MemSeries& series, storage::SampleTime time, double value);
  Status AppendTo(MemSeries& series, storage::SampleTime time, const storage::Histogram& histogram);
  // What is stored of when the sample's series began.
  int64_t StartOf(storage::SampleTime time) const {
    return database_.options_.start_times ? time.start_ms : 0;
  }
  template <typename Value>
  Result<storage::SeriesRef> AppendByLabels(storage::SeriesRef ref, const LabelSet& labels,
                                            storage::SampleTime time, const Value& value);
  // What is to be done with a sample; the stripe of the series is held.
  enum class Place : unsigned char { kNowhere, kInOrder, kLate };
  int64_t OldestInOrder() const;
  template <typename Value>
  Result<Place> PlaceOf(const MemSeries& series, int64_t timestamp_ms, const Value& value);
  template <typename Value>
  AppendOutcome Check(const MemSeries& series, int64_t timestamp_ms, const Value& value) const;
  Result<Place> PlaceLate(int64_t timestamp_ms, Code otherwise, const SampleCounts& one);
  Result<MemSeries*> FindLive(storage::SeriesRef ref);
  void Note(MemSeries& series, SampleKind kind);
  // Adds to what is to be committed in order.
  void Add(MemSeries& series, storage::SampleTime time, double value);
  void Add(MemSeries& series, storage::SampleTime time, const storage::Histogram& histogram);
  template <typename Value>
  void AddStartZero(MemSeries& series, storage::SampleTime time, const Value& zero);
  void NoteUnlogged(MemSeries& series);
  Status CommitNow();
  Status Log();
  void Apply();
  SampleCounts ApplyInOrder(CommitId commit);
  SampleCounts NoteLogged(NewestTimes& newest);
  void ApplyRest(CommitId commit);
  void ApplyLate(CommitId commit);
  void ApplyPart(const BatchPart& begin, const BatchPart& end, CommitId commit,
                 SampleCounts& applied);
  void Forget();

  Database& database_;
  const CommitClock::Guard guard_;
  AppendBatch batch_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_
