#include "server/promql/active_queries.h"

#include <chrono>

namespace narthex::promql {

ActiveQueries::Entry::Entry(ActiveQueries& all, QueryIdentity identity, QueryControl& control)
    : all_(all),
      identity_(std::move(identity)),
      control_(control),
      arrived_ms_(all.clock_.NowMs()),
      arrived_ns_(all.clock_.MonotonicNs()) {
  const std::lock_guard lock(all_.mutex_);
  id_ = ++all_.last_id_;
  position_ = all_.entries_.insert(all_.entries_.end(), this);
}

ActiveQueries::Entry::~Entry() {
  {
    const std::lock_guard lock(all_.mutex_);
    all_.entries_.erase(position_);
    if (running_) --all_.running_;
  }
  all_.turn_.notify_one();
}

Status ActiveQueries::Entry::WaitForTurn() {
  constexpr std::chrono::milliseconds kBetweenChecks(20);  // of cancellation and the deadline
  std::unique_lock lock(all_.mutex_);
  while (all_.running_ >= all_.limit_) {
    all_.turn_.wait_for(lock, kBetweenChecks);
    RETURN_IF_ERROR(control_.Check());
  }
  ++all_.running_;
  running_ = true;
  return {};
}

std::vector<ActiveQueryStatus> ActiveQueries::List() const {
  const int64_t now_ns = clock_.MonotonicNs();
  const std::lock_guard lock(mutex_);
  std::vector<ActiveQueryStatus> list;
  for (const Entry* entry : entries_) {
    const QueryControl& control = entry->control_;
    ActiveQueryStatus status;
    status.id = entry->id_;
    status.identity = entry->identity_;
    status.arrived_ms = entry->arrived_ms_;
    status.age_s = static_cast<double>(now_ns - entry->arrived_ns_) / 1e9;
    status.running = entry->running_;
    status.samples = control.samples();
    status.bytes = control.bytes();
    status.peak_samples = control.peak_samples();
    status.peak_bytes = control.peak_bytes();
    list.push_back(std::move(status));
  }
  return list;
}

bool ActiveQueries::Cancel(uint64_t id) {
  const std::lock_guard lock(mutex_);
  for (Entry* entry : entries_) {
    if (entry->id_ != id) continue;
    entry->control_.Cancel();
    return true;
  }
  return false;
}

size_t ActiveQueries::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace narthex::promql
