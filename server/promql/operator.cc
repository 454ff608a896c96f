#include "server/promql/operator.h"

#include <absl/container/flat_hash_map.h>

namespace narthex::promql {
namespace {

class DistinctOperator : public Operator {
 public:
  explicit DistinctOperator(OperatorPtr input) : input_(std::move(input)) {}

  Result<std::vector<LabelSet>> Open() override {
    ASSIGN_OR_RETURN(std::vector<LabelSet> series, input_->Open());
    absl::flat_hash_map<LabelSet, size_t> seen;
    std::vector<LabelSet> distinct;
    target_.reserve(series.size());
    for (LabelSet& labels : series) {
      const auto [at, added] = seen.try_emplace(labels, distinct.size());
      if (added) distinct.push_back(labels);
      target_.push_back(at->second);
    }
    streams_ = distinct.size() == series.size();
    if (streams_) return series;
    RETURN_IF_ERROR(Merge(distinct.size()));
    return distinct;
  }

  Status Next(Column& out) override {
    if (streams_) return input_->Next(out);
    std::swap(out, merged_[next_++]);
    return {};
  }

 private:
  Status Merge(size_t count) {
    merged_.resize(count);
    Column column;
    for (const size_t target : target_) {
      RETURN_IF_ERROR(input_->Next(column));
      Column& merged = merged_[target];
      if (merged.steps() == 0) {
        std::swap(merged, column);
        continue;
      }
      for (size_t step = 0; step < column.steps(); ++step) {
        if (column.present[step] == 0) continue;
        if (merged.present[step] != 0)
          return InvalidArgument("vector cannot contain metrics with the same labelset");
        merged.Set(step, column.values[step]);
      }
    }
    return {};
  }

  OperatorPtr input_;
  std::vector<size_t> target_;  // of each input series: the output series it belongs to
  std::vector<Column> merged_;
  bool streams_ = true;
  size_t next_ = 0;
};

}  // namespace

Status QueryControl::AddSamples(uint64_t count) {
  const uint64_t total = samples_.fetch_add(count, std::memory_order_relaxed) + count;
  if (total <= max_samples_) return {};
  return LimitReached(
      "query processing would load too many samples into memory in query execution: more than ",
      std::to_string(max_samples_));
}

Status QueryControl::CheckDeadline(int64_t now_ns) const {
  if (stopping_) return Cancelled("the server is stopping");
  if (now_ns < deadline_ns_) return {};
  return Timeout("query timed out in expression evaluation");
}

OperatorPtr DistinctSeries(OperatorPtr input) {
  return std::make_unique<DistinctOperator>(std::move(input));
}

}  // namespace narthex::promql
