#ifndef NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_
#define NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_

#include <vector>

#include "server/tsdb/database.h"

namespace narthex::tsdb {

// Collects checked samples; Commit() logs and then applies them.
class DatabaseAppender : public storage::Appender {
 public:
  explicit DatabaseAppender(Database& database)
      : database_(database), guard_(database.commits_, false), batch_(database.batches_.Take()) {}
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
  Status AppendTo(MemSeries& series, int64_t timestamp_ms, double value);
  Status AppendTo(MemSeries& series, int64_t timestamp_ms, const storage::Histogram& histogram);
  template <typename Value>
  Result<storage::SeriesRef> AppendByLabels(storage::SeriesRef ref, const LabelSet& labels,
                                            int64_t timestamp_ms, const Value& value);
  // Whether the sample can be taken at all; the stripe of the series is held.
  Result<bool> Admit(const MemSeries& series, AppendOutcome outcome);
  Result<MemSeries*> FindLive(storage::SeriesRef ref);
  Status CheckAge(int64_t timestamp_ms);
  void Note(MemSeries& series, SampleKind kind);
  void NoteUnlogged(MemSeries& series);
  Status Log();
  void Apply();
  size_t ApplyPart(const BatchPart& begin, const BatchPart& end, CommitId commit);
  void Forget();

  Database& database_;
  const CommitClock::Guard guard_;
  AppendBatch batch_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_
