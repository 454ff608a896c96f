#include "common/io_loop/io_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace narthex {

IoLoop::IoLoop(const Clock& clock, size_t threads)
    : clock_(clock),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      take_over_fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)),
      threads_(threads) {
  assert(epoll_fd_ >= 0 && wake_fd_ >= 0 && take_over_fd_ >= 0 && threads > 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_fd_;
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event);
}

IoLoop::~IoLoop() {
  Stop();
  ::close(take_over_fd_);
  ::close(wake_fd_);
  ::close(epoll_fd_);
}

void IoLoop::Start() {
  for (std::thread& thread : threads_) thread = std::thread([this] { Run(); });
}

void IoLoop::Stop() {
  stopping_ = true;
  Wake();
  SetTakeOver(0);
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void IoLoop::Wake() {
  const uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);  // full means that it is awake
}

void IoLoop::Post(Task task) { PostBy(kAtOnce, std::move(task)); }

void IoLoop::PostBy(int64_t monotonic_ns, Task task) {
  bool sleeps_too_long = false;
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    sleeps_too_long = next_turn_ns_ > monotonic_ns;
    if (sleeps_too_long) next_turn_ns_ = kAtOnce;  // one wake-up is enough
  }
  if (sleeps_too_long) Wake();
}

void IoLoop::Watch(int fd, uint32_t events, std::function<void(uint32_t)> ready) {
  const auto index = static_cast<size_t>(fd);
  if (index >= watched_.size()) watched_.resize(index + 1);
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  const bool known = static_cast<bool>(watched_[index]);
  if (::epoll_ctl(epoll_fd_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0) {
    // A descriptor that was closed and opened anew behind our back.
    ::epoll_ctl(epoll_fd_, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
  }
  watched_[index] = std::move(ready);
}

void IoLoop::Unwatch(int fd) {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  if (static_cast<size_t>(fd) < watched_.size()) watched_[static_cast<size_t>(fd)] = nullptr;
}

IoLoop::TimerId IoLoop::RunAt(int64_t monotonic_ns, Task task) {
  const TimerId id{monotonic_ns, next_timer_++};
  timers_.emplace(id, std::move(task));
  return id;
}

void IoLoop::RunPosted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    next_turn_ns_ = kAtOnce;
    tasks.swap(posted_);
  }
  for (const Task& task : tasks) task();
}

void IoLoop::RunTimers() {
  const int64_t now_ns = clock_.MonotonicNs();
  while (!timers_.empty() && timers_.begin()->first.first <= now_ns) {
    const Task task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

int IoLoop::PrepareWait() {
  const std::lock_guard lock(mutex_);
  if (!posted_.empty()) return 0;
  next_turn_ns_ = timers_.empty() ? kNever : timers_.begin()->first.first;
  if (timers_.empty()) return -1;
  const int64_t wait_ms = (next_turn_ns_ - clock_.MonotonicNs() + 999'999) / 1'000'000;
  return static_cast<int>(std::clamp<int64_t>(wait_ms, 0, std::numeric_limits<int>::max()));
}

void IoLoop::RunApart(Task task) {
  apart_.push_back(std::move(task));
  waiting_apart_ = apart_.size();
}

void IoLoop::Run() {
  while (TakeLoop()) {
    while (!stopping_ && apart_.empty()) Turn();
    Task work;
    if (!stopping_) {
      work = std::move(apart_.front());
      apart_.pop_front();
      waiting_apart_ = apart_.size();
    }
    LeaveLoop(apart_.empty() ? kTakeOverNs : 0);
    if (work) work();
  }
}

// Waits until nobody has the loop. False when there will be no more of it.
bool IoLoop::TakeLoop() {
  while (!stopping_) {
    {
      const std::lock_guard lock(mutex_);
      if (!taken_) {
        taken_ = true;
        SetTakeOver(kNever);
        return true;
      }
    }
    uint64_t expired = 0;
    (void)!::read(take_over_fd_, &expired, sizeof expired);
  }
  SetTakeOver(0);  // one thread wakes the next
  return false;
}

// A resting thread takes over after that time, unless this one is back before.
void IoLoop::LeaveLoop(int64_t take_over_ns) {
  const std::lock_guard lock(mutex_);
  taken_ = false;
  next_turn_ns_ = clock_.MonotonicNs() + take_over_ns;
  SetTakeOver(take_over_ns);
}

void IoLoop::SetTakeOver(int64_t after_ns) {
  itimerspec spec{};  // zero stops the timer
  if (after_ns != kNever) spec.it_value.tv_nsec = std::max<int64_t>(after_ns, 1);
  ::timerfd_settime(take_over_fd_, 0, &spec, nullptr);
}

void IoLoop::Turn() {
  RunPosted();
  RunTimers();
  // A timer may have brought work: that comes first.
  const int wait_ms = apart_.empty() ? PrepareWait() : 0;
  std::array<epoll_event, 256> events{};
  const int count =
      ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), wait_ms);
  for (int i = 0; i < count && !stopping_; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.fd == wake_fd_) {
      uint64_t ignored = 0;
      (void)!::read(wake_fd_, &ignored, sizeof ignored);
      continue;
    }
    const auto index = static_cast<size_t>(event.data.fd);
    // An earlier callback of this round may have dropped it. A copy, because it may drop itself.
    if (index < watched_.size() && watched_[index]) {
      const auto ready = watched_[index];
      ready(event.events);
    }
  }
}

}  // namespace narthex
