#include "exporters/mysql/statement_watch.h"

#include <algorithm>
#include <chrono>

namespace narthex::exporters {
namespace {

constexpr std::chrono::milliseconds kLook(100);

}  // namespace

StatementWatch::~StatementWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

StatementWatch::Guard::Guard(StatementWatch& watch, uint64_t connection, const QueryBounds& bounds)
    : watch_(watch) {
  const std::lock_guard lock(watch_.mutex_);
  entry_ = watch_.entries_.insert(watch_.entries_.end(), {connection, &bounds});
  if (!watch_.thread_.joinable()) {
    watch_.thread_ = std::thread([&watch] { watch.Run(); });
  } else if (watch_.is_asleep_) {
    watch_.changed_.notify_all();
  }
}

StatementWatch::Guard::~Guard() {
  std::unique_lock lock(watch_.mutex_);
  watch_.changed_.wait(lock, [&] { return !entry_->is_being_stopped; });
  watch_.entries_.erase(entry_);
}

bool StatementWatch::Guard::was_stopped() {
  std::unique_lock lock(watch_.mutex_);
  watch_.changed_.wait(lock, [&] { return !entry_->is_being_stopped; });
  return entry_->was_stopped;
}

void StatementWatch::Guard::Stop() {
  {
    const std::lock_guard lock(watch_.mutex_);
    if (entry_->was_stopped) return;
    entry_->was_stopped = true;
  }
  watch_.stop_(entry_->connection);
}

void StatementWatch::Run() {
  std::unique_lock lock(mutex_);
  // Statements come in rows: one look without any is not the end of them.
  for (bool had_any = true; !is_ending_;) {
    const bool has_any = !entries_.empty();
    if (has_any || had_any) {
      changed_.wait_for(lock, kLook, [&] { return is_ending_; });
      StopOverdue(lock);
    } else {
      lock.unlock();
      rest_();
      lock.lock();
      is_asleep_ = true;
      changed_.wait(lock, [&] { return is_ending_ || !entries_.empty(); });
      is_asleep_ = false;
    }
    had_any = has_any;
  }
}

void StatementWatch::StopOverdue(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    const auto overdue = std::find_if(entries_.begin(), entries_.end(), [](const Entry& entry) {
      return !entry.was_stopped && !entry.bounds->Check().ok();
    });
    if (overdue == entries_.end() || is_ending_) return;
    overdue->is_being_stopped = true;
    overdue->was_stopped = true;
    lock.unlock();
    stop_(overdue->connection);  // its guard waits for that
    lock.lock();
    overdue->is_being_stopped = false;
    changed_.notify_all();
  }
}

}  // namespace narthex::exporters
