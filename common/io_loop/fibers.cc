#include "common/io_loop/fibers.h"

#include <sys/epoll.h>

#include <algorithm>
#include <boost/context/fiber.hpp>
#include <cassert>
#include <limits>
#include <utility>

#include "common/io_loop/fiber_stacks.h"
#include "common/io_loop/sanitizer_fiber.h"

namespace narthex {
namespace {

static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR &&
              POLLHUP == EPOLLHUP && POLLRDHUP == EPOLLRDHUP);

// The stack is its owner's, who takes it back when the task has ended.
struct BorrowedStack {
  void deallocate(const boost::context::stack_context& /*stack*/) const noexcept {}
};

// One task. It deletes itself at its end.
class Fiber {
 public:
  Fiber(IoLoop& loop, FiberStacks& stacks, FiberThreads::Task task, std::function<void()> ended)
      : loop_(loop),
        stacks_(stacks),
        task_(std::move(task)),
        ended_(std::move(ended)),
        stack_(stacks.Allocate()),
        sanitizer_(static_cast<char*>(stack_.sp) - stack_.size, stack_.size),
        rest_(std::allocator_arg, boost::context::preallocated(stack_.sp, stack_.size, stack_),
              BorrowedStack(),
              [this](boost::context::fiber&& loop_side) { return Run(std::move(loop_side)); }) {}

  // That of this thread; null on the loop and on threads that have none.
  static Fiber*& Current() {
    static thread_local Fiber* current = nullptr;
    return current;
  }
  IoLoop& loop() { return loop_; }

  // On the loop.
  void Resume() {
    assert(Current() == nullptr);
    Current() = this;
    sanitizer_.ToFiber();
    rest_ = std::move(rest_).resume();
    sanitizer_.OnLoop();
    Current() = nullptr;
    if (!rest_) Delete();
  }

  // On the task: until somebody calls Resume.
  void Suspend() {
    sanitizer_.ToLoop();
    loop_side_ = std::move(loop_side_).resume();
    sanitizer_.OnFiber();
  }

  int Poll(pollfd* waited, nfds_t count, int timeout_ms) {
    int ready = 0;
    for (nfds_t i = 0; i < count; ++i) {
      pollfd& one = waited[i];
      one.revents = 0;
      loop_.Watch(one.fd, static_cast<uint16_t>(one.events), [this, &one, &ready](uint32_t events) {
        one.revents = static_cast<short>(events);
        ++ready;
        Resume();
      });
    }
    WaitUntilResumed(timeout_ms);
    for (nfds_t i = 0; i < count; ++i) loop_.Unwatch(waited[i].fd);
    return ready;
  }

  // Or until the time is over; a negative one never is.
  void WaitUntilResumed(int64_t timeout_ms) {
    if (timeout_ms < 0) return Suspend();
    const int64_t at_ns = loop_.clock().MonotonicNs() + timeout_ms * 1'000'000;
    const IoLoop::TimerId timer = loop_.RunAt(at_ns, [this] { Resume(); });
    Suspend();
    loop_.Cancel(timer);
  }

 private:
  boost::context::fiber Run(boost::context::fiber&& loop_side) {
    loop_side_ = std::move(loop_side);
    sanitizer_.OnFiber();
    task_();
    task_ = nullptr;
    sanitizer_.ToLoopForGood();
    return std::move(loop_side_);
  }

  void Delete() {
    const std::function<void()> ended = std::move(ended_);
    stacks_.Free(stack_);
    delete this;
    ended();
  }

  IoLoop& loop_;
  FiberStacks& stacks_;
  FiberThreads::Task task_;
  std::function<void()> ended_;
  const boost::context::stack_context stack_;
  SanitizerFiber sanitizer_;
  boost::context::fiber rest_;       // of the task, while it waits
  boost::context::fiber loop_side_;  // of the loop, while the task runs
};

}  // namespace

struct FiberThreads::Thread {
  Thread(const Clock& clock, size_t stack_bytes) : stacks(stack_bytes), loop(clock) {}

  FiberStacks stacks;
  IoLoop loop;
  size_t running = 0;  // tasks; guarded by mutex_
};

FiberThreads::FiberThreads(const Clock& clock, size_t threads, size_t stack_bytes) {
  assert(threads > 0);
  for (size_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<Thread>(clock, stack_bytes));
    threads_.back()->loop.Start();
  }
}

FiberThreads::~FiberThreads() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return running_ == 0; });
  lock.unlock();
  for (const auto& thread : threads_) thread->loop.Stop();
}

void FiberThreads::Start(Task task) {
  Thread* thread = nullptr;
  {
    const std::lock_guard lock(mutex_);
    thread = std::min_element(threads_.begin(), threads_.end(), [](const auto& a, const auto& b) {
               return a->running < b->running;
             })->get();
    ++thread->running;
    ++running_;
  }
  thread->loop.Post([this, thread, task = std::move(task)] {
    (new Fiber(thread->loop, thread->stacks, task, [this, thread] { End(*thread); }))->Resume();
  });
}

void FiberThreads::End(Thread& thread) {
  const std::lock_guard lock(mutex_);
  --thread.running;
  --running_;
  if (running_ == 0) ended_.notify_all();
}

int PollDescriptors(pollfd* waited, nfds_t count, int timeout_ms) {
  Fiber* fiber = Fiber::Current();
  if (fiber == nullptr || timeout_ms == 0) return ::poll(waited, count, timeout_ms);
  return fiber->Poll(waited, count, timeout_ms);
}

bool FiberEvent::Wait(int64_t timeout_ms) {
  Fiber* fiber = Fiber::Current();
  assert(fiber != nullptr);
  if (!is_set_) {
    waiting_ = fiber;
    fiber->WaitUntilResumed(timeout_ms);
    waiting_ = nullptr;
  }
  return is_set_;
}

void FiberEvent::Set() {
  is_set_ = true;
  auto* fiber = static_cast<Fiber*>(waiting_);
  if (fiber == nullptr) return;
  waiting_ = nullptr;
  fiber->loop().RunAt(0, [fiber] { fiber->Resume(); });
}

IoLoop* FiberLoop() {
  Fiber* fiber = Fiber::Current();
  return fiber == nullptr ? nullptr : &fiber->loop();
}

}  // namespace narthex
