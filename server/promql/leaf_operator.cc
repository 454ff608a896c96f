#include "server/promql/leaf_operator.h"

#include <algorithm>

namespace narthex::promql {

Result<Heads> LeafOperator::Open() {
  RETURN_IF_ERROR(Prepare());
  ASSIGN_OR_RETURN(Heads heads, source_->Open());
  series_count_ = heads.size();
  for (SeriesHead& head : heads) Announce(head);
  return heads;
}

Status LeafOperator::Next(Column& out) {
  if (at_ == batch_size_) RETURN_IF_ERROR(ReadBatch());
  std::swap(out, batch_[at_++].column);
  return {};
}

// A series costs about a fixed part, and as much again for each sample and step.
void LeafOperator::NoteCost(const Entry& entry) {
  constexpr size_t kFixedPart = 50;
  series_cost_ = std::max(series_cost_, kFixedPart + entry.samples.size() + steps_.count);
}

size_t LeafOperator::BatchSize() const {
  constexpr size_t kBatchCost = 32'768;  // about half a megabyte, and some hundred microseconds
  const size_t least = 8 * context_.workers().parallelism();
  return series_cost_ == 0 ? least : std::max(least, kBatchCost / series_cost_);
}

// The first series of all tells whether the others are worth waking threads for: of an instant
// query they mostly are not.
void LeafOperator::WorkOff() {
  constexpr size_t kSharedCost = 20'000;  // what waking a thread takes, several times
  size_t done = 0;
  if (series_cost_ == 0 && batch_size_ > 0) {
    Work(begin_, batch_[0]);
    NoteCost(batch_[0]);
    done = 1;
  }
  const auto work = [&](size_t i) { Work(begin_ + done + i, batch_[done + i]); };
  const size_t left = batch_size_ - done;
  if (left * series_cost_ >= kSharedCost) {
    context_.workers().ForEach(left, work);
  } else {
    for (size_t i = 0; i < left; ++i) work(i);
  }
  for (size_t i = done; i < batch_size_; ++i) NoteCost(batch_[i]);
}

Status LeafOperator::ReadBatch() {
  RETURN_IF_ERROR(context_.control().Check());
  batch_size_ = std::min(BatchSize(), series_count_ - begin_);
  batch_.resize(std::max(batch_.size(), batch_size_));
  for (size_t i = 0; i < batch_size_; ++i)
    RETURN_IF_ERROR(source_->Fetch(begin_ + i, batch_[i].samples));
  WorkOff();
  for (size_t i = 0; i < batch_size_; ++i) RETURN_IF_ERROR(batch_[i].status);
  CountSamples();
  begin_ += batch_size_;
  at_ = 0;
  return {};
}

void LeafOperator::CountSamples() {
  for (size_t i = 0; i < batch_size_; ++i)
    context_.CountSamples(counting_, batch_[i].queried, batch_[i].queried_at);
}

void LeafOperator::Work(size_t index, Entry& entry) const {
  entry.column.Reset(steps_.count);
  entry.queried = 0;
  entry.queried_at.clear();
  if (!wanted_.empty() && wanted_[index] == 0) return;
  entry.status = source_->Read(index, entry.samples);
  if (!entry.status.ok()) return;
  if (!context_.stats.samples_at_step.empty()) entry.queried_at.assign(steps_.count, 0);
  Evaluate(index, entry);
  if (!entry.status.ok()) return;
  const auto& present = entry.column.present;
  const auto absent = std::count(present.begin(), present.end(), Column::kAbsent);
  entry.status = context_.control().HoldSamples(present.size() - static_cast<size_t>(absent),
                                                entry.samples.size());
}

}  // namespace narthex::promql
