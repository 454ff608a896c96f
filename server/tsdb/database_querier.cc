#include "server/tsdb/database_querier.h"

namespace narthex::tsdb {

std::unique_ptr<storage::Querier> Database::NewQuerier(int64_t min_time_ms,
                                                       int64_t max_time_ms) const {
  return std::make_unique<DatabaseQuerier>(*this, min_time_ms, max_time_ms);
}

class DatabaseQuerier::Set : public storage::SeriesSet {
 public:
  Set(const DatabaseQuerier& querier, SeriesIndex::Found found)
      : querier_(querier), found_(std::move(found)) {}

  size_t size() const override { return found_.series.size(); }
  const LabelSet& labels(size_t index) const override { return found_.labels[index]; }

  Status Read(size_t index, storage::SampleColumns& samples) const override {
    samples.Clear();
    const MemSeries& series = *found_.series[index];
    const int64_t min_time_ms =
        std::max<int64_t>(querier_.min_time_ms_, querier_.database_.min_valid_time_ms_);
    const std::lock_guard lock(querier_.database_.index_.stripe(series));
    return series
        .Read(min_time_ms, querier_.max_time_ms_, series.marks.HiddenFrom(querier_.guard_.pin()),
              samples)
        .Prefixed("series " + found_.labels[index].ToString());
  }

 private:
  const DatabaseQuerier& querier_;
  const SeriesIndex::Found found_;
};

Result<std::unique_ptr<storage::SeriesSet>> DatabaseQuerier::Select(
    const std::vector<storage::Matcher>& matchers) const {
  return std::unique_ptr<storage::SeriesSet>(new Set(*this, database_.index_.Select(matchers)));
}

Result<std::vector<std::string>> DatabaseQuerier::LabelNames(
    const std::vector<storage::Matcher>& matchers) const {
  return database_.index_.LabelNames(matchers);
}

Result<std::vector<std::string>> DatabaseQuerier::LabelValues(
    std::string_view name, const std::vector<storage::Matcher>& matchers) const {
  return database_.index_.LabelValues(name, matchers);
}

Result<std::vector<storage::ExemplarSeries>> DatabaseQuerier::SelectExemplars(
    const std::vector<std::vector<storage::Matcher>>&) const {
  return std::vector<storage::ExemplarSeries>();
}

}  // namespace narthex::tsdb
