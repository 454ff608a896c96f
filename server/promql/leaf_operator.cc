#include "server/promql/leaf_operator.h"

#include <algorithm>

#include "server/promql/dense_loops.h"

namespace narthex::promql {

Result<Heads> LeafOperator::Open() {
  RETURN_IF_ERROR(Prepare());
  ASSIGN_OR_RETURN(Heads heads, source_->Open());
  series_count_ = heads.size();
  for (SeriesHead& head : heads) Announce(head);
  return heads;
}

Status LeafOperator::Next(Column& out) {
  if (at_ == batches_[given_].size) RETURN_IF_ERROR(NextBatch());
  std::swap(out, batches_[given_].entries[at_++].column);
  return {};
}

void LeafOperator::StopWork() {
  stopping_ = true;
  for (Batch& batch : batches_) batch.task.Finish();
}

size_t LeafOperator::BatchSize() const {
  // The first series of all comes alone: it tells what the others cost.
  if (series_cost_ == 0) return 1;
  constexpr size_t kBatchCost = 131'072;  // some hundred kilobytes, and half a millisecond
  return std::max<size_t>(16, kBatchCost / series_cost_);
}

// The batch that is used up makes room for one that begins before the coming one is finished: so
// threads that have nothing left of that go on without a rest.
Status LeafOperator::NextBatch() {
  RETURN_IF_ERROR(context_.control().Check());
  Batch& used = batches_[given_];
  Batch& coming = batches_[1 - given_];
  if (coming.size == 0) RETURN_IF_ERROR(Begin(coming));
  used.size = 0;
  if (series_cost_ != 0) RETURN_IF_ERROR(Begin(used));
  RETURN_IF_ERROR(Finish(coming));
  given_ = 1 - given_;
  at_ = 0;
  return {};
}

// Threads are woken only where the work pays that: for an instant query it mostly does not.
Status LeafOperator::Begin(Batch& batch) {
  constexpr size_t kSharedCost = 20'000;  // what waking a thread takes, several times
  batch.begin = next_begin_;
  batch.size = std::min(BatchSize(), series_count_ - next_begin_);
  next_begin_ += batch.size;
  batch.entries.resize(std::max(batch.entries.size(), batch.size));
  for (size_t i = 0; i < batch.size; ++i)
    RETURN_IF_ERROR(source_->Fetch(batch.begin + i, batch.entries[i].fetched));
  batch.shared = batch.size * series_cost_ >= kSharedCost;
  if (batch.shared) {
    batch.task = context_.workers().Start(
        batch.size, [this, &batch](size_t i) { WorkInPool(batch.begin + i, batch.entries[i]); });
  }
  return {};
}

// A series costs about a fixed part, and as much again for each sample and step.
Status LeafOperator::Finish(Batch& batch) {
  constexpr size_t kFixedPart = 50;
  if (batch.shared) {
    batch.task.Finish();
  } else {
    for (size_t i = 0; i < batch.size; ++i) Work(batch.begin + i, room_, batch.entries[i]);
  }
  for (size_t i = 0; i < batch.size; ++i) {
    const Entry& entry = batch.entries[i];
    RETURN_IF_ERROR(entry.status);
    series_cost_ = std::max(series_cost_, kFixedPart + entry.samples_read + steps_.count);
    context_.CountSamples(counting_, entry.queried, entry.queried_at);
    if (entry.read > 0) reading_.Count(entry.read, entry.read_at);
  }
  return {};
}

void LeafOperator::WorkInPool(size_t index, Entry& entry) {
  storage::SampleColumns room;
  {
    const std::lock_guard lock(mutex_);
    if (!rooms_.empty()) {
      room = std::move(rooms_.back());
      rooms_.pop_back();
    }
  }
  Work(index, room, entry);
  const std::lock_guard lock(mutex_);
  rooms_.push_back(std::move(room));
}

void LeafOperator::Work(size_t index, storage::SampleColumns& room, Entry& entry) {
  if (stopping_.load(std::memory_order_relaxed)) return;
  entry.column.Reset(steps_.count);
  entry.samples_read = 0;
  entry.queried = 0;
  entry.queried_at.clear();
  entry.read = 0;
  entry.read_at.clear();
  if (!wanted_.empty() && wanted_[index] == 0) return;
  storage::SampleColumns& samples = source_->fetches() ? entry.fetched : room;
  entry.status = source_->Read(index, samples);
  if (!entry.status.ok()) return;
  entry.samples_read = samples.size();
  if (!context_.stats.samples_at_step.empty()) entry.queried_at.assign(steps_.count, 0);
  if (reading_.by_step()) entry.read_at.assign(steps_.count, 0);
  Evaluate(index, samples, entry);
  if (!entry.status.ok()) return;
  const auto& present = entry.column.present;
  entry.status = context_.control().HoldSamples(
      present.size() - CountEqual(present, Column::kAbsent), entry.samples_read);
}

}  // namespace narthex::promql
