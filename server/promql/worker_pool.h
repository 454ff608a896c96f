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

  size_t parallelism() const { return threads_.size() + 1; }

 private:
  struct Job;
  void Run();
  static void Help(Job& job);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_WORKER_POOL_H_
