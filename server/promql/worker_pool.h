// Threads that share the leaf work of all queries.
#ifndef NARTHEX_SERVER_PROMQL_WORKER_POOL_H_
#define NARTHEX_SERVER_PROMQL_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace narthex::promql {

// Safe from many threads.
class WorkerPool {
 public:
  explicit WorkerPool(size_t threads);
  ~WorkerPool();

  // Calls work(i) for every i below `count`, on the pool's threads and the caller's, and returns
  // when all are done. `work` may run several times at once. Which thread does what changes no
  // result.
  void ForEach(size_t count, const std::function<void(size_t)>& work);

  // Work that the pool's threads have begun on, behind that of earlier ones.
  class Task;
  // As ForEach(), but returns at once. What `work` refers to outlives the task.
  Task Start(size_t count, std::function<void(size_t)> work);

  size_t parallelism() const { return threads_.size() + 1; }

 private:
  struct Job;
  void Run();
  static void Help(Job& job);
  void Finish(const std::shared_ptr<Job>& job);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Use from the thread that started it.
class WorkerPool::Task {
 public:
  Task() = default;
  Task(WorkerPool& pool, std::shared_ptr<Job> job) : pool_(&pool), job_(std::move(job)) {}
  ~Task() { Finish(); }
  Task(Task&& other) noexcept = default;
  Task& operator=(Task&& other) noexcept {
    Finish();
    pool_ = other.pool_;
    job_ = std::move(other.job_);
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Helps, and returns when all is done.
  void Finish() {
    if (job_) pool_->Finish(std::exchange(job_, nullptr));
  }

 private:
  WorkerPool* pool_ = nullptr;
  std::shared_ptr<Job> job_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_WORKER_POOL_H_
