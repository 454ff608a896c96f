// Tasks that are written as if each had a thread of its own, many of them on a few threads: where a
// task waits for descriptors by PollDescriptors, its thread goes on with others.
//
//   FiberThreads threads(clock, 4, 256 << 10);
//   threads.Start([fd] {
//     pollfd waited{fd, POLLIN, 0};
//     PollDescriptors(&waited, 1, 1000);
//   });
//
// A task stays on its thread. Whatever else it waits for holds the other tasks of that thread up,
// and a mutex may not be held over a wait: the next to lock it could be a task of the same thread.
// Nor may a task wait within a catch: exceptions are counted by thread.
#ifndef NARTHEX_COMMON_IO_LOOP_FIBERS_H_
#define NARTHEX_COMMON_IO_LOOP_FIBERS_H_

#include <poll.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "common/clock/clock.h"
#include "common/io_loop/io_loop.h"

namespace narthex {

class FiberThreads {
 public:
  using Task = std::function<void()>;

  // `clock` is borrowed. A stack takes address space; only what a task touches of it costs memory.
  FiberThreads(const Clock& clock, size_t threads, size_t stack_bytes);
  // Waits until every task has ended.
  ~FiberThreads();
  FiberThreads(const FiberThreads&) = delete;
  FiberThreads& operator=(const FiberThreads&) = delete;

  // On the thread that has the fewest. Safe from any thread. The task may not throw.
  void Start(Task task);

 private:
  struct Thread;

  void End(Thread& thread);

  std::mutex mutex_;
  std::condition_variable ended_;
  size_t running_ = 0;  // tasks; guarded by mutex_
  std::vector<std::unique_ptr<Thread>> threads_;
};

// As poll(2), of descriptors that no other task of the thread waits for. Outside a task of
// FiberThreads it blocks its thread.
int PollDescriptors(pollfd* waited, nfds_t count, int timeout_ms);

// What a task waits for, and a callback on the loop of its thread brings.
class FiberEvent {
 public:
  // False when the time is over before the event is set.
  bool Wait(int64_t timeout_ms);
  // On the thread of the task. It goes on in a later turn of the loop.
  void Set();

 private:
  void* waiting_ = nullptr;  // the task
  bool is_set_ = false;
};

// The loop of the task's thread; null outside a task.
IoLoop* FiberLoop();

}  // namespace narthex

#endif  // NARTHEX_COMMON_IO_LOOP_FIBERS_H_
