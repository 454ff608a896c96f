#ifndef NARTHEX_SERVER_TSDB_DATABASE_QUERIER_H_
#define NARTHEX_SERVER_TSDB_DATABASE_QUERIER_H_

#include <string>
#include <vector>

#include "server/tsdb/database.h"

namespace narthex::tsdb {

class DatabaseQuerier : public storage::Querier {
 public:
  DatabaseQuerier(const Database& database, int64_t min_time_ms, int64_t max_time_ms)
      : database_(database),
        guard_(database.commits_, true),
        view_(database.blocks_.view()),
        min_time_ms_(min_time_ms),
        max_time_ms_(max_time_ms) {}

  Result<std::unique_ptr<storage::SeriesSet>> Select(
      const std::vector<storage::Matcher>& matchers) const override;
  Result<std::vector<std::string>> LabelNames(
      const std::vector<storage::Matcher>& matchers) const override;
  Result<std::vector<std::string>> LabelValues(
      std::string_view name, const std::vector<storage::Matcher>& matchers) const override;
  Result<std::vector<storage::ExemplarSeries>> SelectExemplars(
      const std::vector<std::vector<storage::Matcher>>& selections) const override;

 private:
  class Set;

  bool HeadOverlaps() const;
  std::vector<BlockPtr> Blocks() const;  // that overlap the range

  const Database& database_;
  const CommitClock::Guard guard_;  // before the view: see Database::DropOld
  const std::shared_ptr<const BlockView> view_;
  const int64_t min_time_ms_;
  const int64_t max_time_ms_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_DATABASE_QUERIER_H_
