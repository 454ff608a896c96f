// Threads that work off a queue. The queue's bound is its users': a target has one scrape at a
// time.
#ifndef NARTHEX_SERVER_SCRAPE_TASK_POOL_H_
#define NARTHEX_SERVER_SCRAPE_TASK_POOL_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace narthex::server {

// Safe from many threads.
class TaskPool {
 public:
  explicit TaskPool(size_t threads) {
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~TaskPool() { Stop(); }

  void Add(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      queue_.push_back(std::move(task));
    }
    wake_.notify_one();
  }

  // Ends after the tasks that run now; those that wait are dropped.
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      queue_.clear();
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  size_t queued() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      const std::function<void()> task = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_TASK_POOL_H_
