#include "server/tsdb/commit_clock.h"

#include <algorithm>

namespace narthex::tsdb {

CommitClock::Guard::Guard(CommitClock& clock, bool pins) : clock_(clock) {
  const std::lock_guard lock(clock_.mutex_);
  number_ = ++clock_.last_guard_;
  pin_ = pins ? clock_.LastCompleteLocked() : kNoPin;
  clock_.guards_.emplace(number_, pin_);
}

CommitClock::Guard::~Guard() {
  std::deque<std::shared_ptr<void>> freed;  // destroyed after the lock
  const std::lock_guard lock(clock_.mutex_);
  clock_.guards_.erase(number_);
  clock_.UpdateLocked(freed);
}

CommitId CommitClock::BeginCommit() {
  const std::lock_guard lock(mutex_);
  in_progress_.insert(++last_);
  return last_;
}

void CommitClock::EndCommit(CommitId id) {
  std::deque<std::shared_ptr<void>> freed;
  const std::lock_guard lock(mutex_);
  in_progress_.erase(id);
  UpdateLocked(freed);
}

bool CommitClock::HavePassed(uint64_t mark, bool writers_only) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, pin] : guards_) {
    if (number > mark) return true;
    if (!writers_only || pin == kNoPin) return false;
  }
  return true;
}

void CommitClock::Retire(std::shared_ptr<void> garbage) {
  std::deque<std::shared_ptr<void>> freed;
  const std::lock_guard lock(mutex_);
  retired_.emplace_back(last_guard_, std::move(garbage));
  UpdateLocked(freed);
}

void CommitClock::UpdateLocked(std::deque<std::shared_ptr<void>>& freed) {
  CommitId lowest = LastCompleteLocked();
  for (const auto& [number, pin] : guards_) lowest = std::min(lowest, pin);
  watermark_.store(lowest, std::memory_order_release);
  const uint64_t oldest_guard = guards_.empty() ? last_guard_ + 1 : guards_.begin()->first;
  while (!retired_.empty() && retired_.front().first < oldest_guard) {
    freed.push_back(std::move(retired_.front().second));
    retired_.pop_front();
  }
}

}  // namespace narthex::tsdb
