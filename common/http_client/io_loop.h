// One thread that waits for sockets, times and posted work (epoll). Everything that it calls runs
// on that thread and must not block it.
//
// Watch, Unwatch and RunAt may be called on the loop's thread only; Post from any thread.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_IO_LOOP_H_
#define NARTHEX_COMMON_HTTP_CLIENT_IO_LOOP_H_

#include <atomic>
#include <cstdint>
#include <functional>
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

  explicit IoLoop(const Clock& clock);
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  void Start();
  // Ends the thread after its present task; what is posted or timed later never runs.
  void Stop();

  void Post(Task task);

  // `events` are EPOLLIN and EPOLLOUT; `ready` is told which came. A second call replaces the
  // first.
  void Watch(int fd, uint32_t events, std::function<void(uint32_t)> ready);
  void Unwatch(int fd);

  TimerId RunAt(int64_t monotonic_ns, Task task);
  void Cancel(TimerId id) { timers_.erase(id); }

  const Clock& clock() const { return clock_; }
  bool OnLoopThread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void Run();
  void RunPosted();
  int RunTimers();  // returns milliseconds until the next, -1 for none
  void Wake();

  const Clock& clock_;
  int epoll_fd_;
  int wake_fd_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  std::mutex mutex_;
  std::vector<Task> posted_;  // guarded by mutex_
  std::map<TimerId, Task> timers_;
  uint64_t next_timer_ = 0;
  std::vector<std::function<void(uint32_t)>> watched_;  // by fd
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_IO_LOOP_H_
