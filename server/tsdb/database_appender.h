#ifndef NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_
#define NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_

#include <vector>

#include "server/tsdb/database.h"

namespace narthex::tsdb {

// Collects checked samples; Commit() logs and then applies them.
class DatabaseAppender : public storage::Appender {
 public:
  explicit DatabaseAppender(Database& database)
      : database_(database), guard_(database.commits_, false) {}
  ~DatabaseAppender() override { Forget(); }

  Result<storage::SeriesRef> Append(storage::SeriesRef ref, const LabelSet& labels,
                                    int64_t timestamp_ms, double value) override;
  Status AppendKnown(storage::SeriesRef ref, int64_t timestamp_ms, double value) override;
  Status Commit() override;

 private:
  struct Pending {
    MemSeries* series;
    int64_t timestamp_ms;
    double value;
  };

  Status AppendTo(MemSeries& series, int64_t timestamp_ms, double value);
  Status Log();
  void Apply();
  void Forget();

  Database& database_;
  const CommitClock::Guard guard_;
  std::vector<Pending> pending_;
  std::vector<MemSeries*> unlogged_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_DATABASE_APPENDER_H_
