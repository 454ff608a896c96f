#include "common/http_client/io_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>

namespace narthex {

IoLoop::IoLoop(const Clock& clock)
    : clock_(clock),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  assert(epoll_fd_ >= 0 && wake_fd_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_fd_;
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event);
}

IoLoop::~IoLoop() {
  Stop();
  ::close(wake_fd_);
  ::close(epoll_fd_);
}

void IoLoop::Start() {
  thread_ = std::thread([this] { Run(); });
}

void IoLoop::Stop() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
}

void IoLoop::Wake() {
  const uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);  // full means that it is awake
}

void IoLoop::Post(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) Wake();
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
    tasks.swap(posted_);
  }
  for (const Task& task : tasks) task();
}

int IoLoop::RunTimers() {
  const int64_t now_ns = clock_.MonotonicNs();
  while (!timers_.empty() && timers_.begin()->first.first <= now_ns) {
    const Task task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
  if (timers_.empty()) return -1;
  // The tasks took time of their own.
  const int64_t wait_ms =
      (timers_.begin()->first.first - clock_.MonotonicNs() + 999'999) / 1'000'000;
  return static_cast<int>(std::clamp<int64_t>(wait_ms, 0, std::numeric_limits<int>::max()));
}

void IoLoop::Run() {
  std::array<epoll_event, 256> events{};
  while (!stopping_) {
    RunPosted();
    const int wait_ms = RunTimers();
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
}

}  // namespace narthex
