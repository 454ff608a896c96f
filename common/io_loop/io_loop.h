// One loop that waits for sockets, times and posted work (epoll). Several threads share it: one at
// a time has the loop and runs all callbacks, the others rest. Callbacks must not block. What takes
// longer goes to RunApart: the thread that has the loop leaves it and does the work itself, while
// its memory is near and without waking anybody; only when that takes longer than a millisecond
// does another thread take the loop over.
//
// Watch, Unwatch, RunAt, Cancel and RunApart may be called in callbacks only; Post and PostBy
// anywhere.
#ifndef NARTHEX_COMMON_IO_LOOP_IO_LOOP_H_
#define NARTHEX_COMMON_IO_LOOP_IO_LOOP_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/clock/clock.h"

namespace narthex {

class IoLoop {
 public:
  using Task = std::function<void()>;
  using TimerId = std::pair<int64_t, uint64_t>;  // when, in monotonic nanoseconds, and a number

  // `threads` is one more than may be busy with RunApart at once, or the loop waits for them.
  explicit IoLoop(const Clock& clock, size_t threads = 1);
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  void Start();
  // Ends the threads after their present tasks; what is posted or timed later never runs.
  void Stop();

  void Post(Task task);
  // As Post, for what can wait until then: no thread is woken for it before that time, which saves
  // a switch where something else wakes the loop anyway.
  void PostBy(int64_t monotonic_ns, Task task);

  // Runs a task that may take long after this turn of the loop, beside it.
  void RunApart(Task task);
  // Tasks for RunApart that no thread has begun. Safe from any thread.
  size_t waiting_apart() const { return waiting_apart_; }

  // `events` are EPOLLIN and EPOLLOUT; `ready` is told which came. A second call replaces the
  // first.
  void Watch(int fd, uint32_t events, std::function<void(uint32_t)> ready);
  void Unwatch(int fd);

  TimerId RunAt(int64_t monotonic_ns, Task task);
  void Cancel(TimerId id) { timers_.erase(id); }

  const Clock& clock() const { return clock_; }

 private:
  static constexpr int64_t kAtOnce = std::numeric_limits<int64_t>::min();
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  static constexpr int64_t kTakeOverNs = 1'000'000;

  void Run();
  bool TakeLoop();
  void LeaveLoop(int64_t take_over_ns);
  void SetTakeOver(int64_t after_ns);
  void Turn();
  void RunPosted();
  void RunTimers();
  int PrepareWait();  // returns milliseconds until something is due, -1 for never
  void Wake();

  const Clock& clock_;
  int epoll_fd_;
  int wake_fd_;
  int take_over_fd_;  // a timer: readable when a resting thread should take the loop over
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  bool taken_ = false;        // a thread has the loop; guarded by mutex_
  std::vector<Task> posted_;  // guarded by mutex_
  // When the loop looks at `posted_` without being woken; guarded by mutex_.
  int64_t next_turn_ns_ = kAtOnce;
  // The rest belongs to the thread that has the loop.
  std::deque<Task> apart_;
  std::atomic<size_t> waiting_apart_{0};
  std::map<TimerId, Task> timers_;
  uint64_t next_timer_ = 0;
  std::vector<std::function<void(uint32_t)>> watched_;  // by fd
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_IO_LOOP_IO_LOOP_H_
