#include "server/promql/worker_pool.h"

#include <algorithm>
#include <atomic>

namespace narthex::promql {

struct WorkerPool::Job {
  std::function<void(size_t)> work;
  size_t count;
  size_t grain;  // that a thread takes at once: neighbours often meet at one lock
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::condition_variable finished;
  size_t done = 0;  // guarded by mutex
};

WorkerPool::WorkerPool(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Help(Job& job) {
  size_t done = 0;
  for (size_t begin = job.next.fetch_add(job.grain); begin < job.count;
       begin = job.next.fetch_add(job.grain)) {
    const size_t end = std::min(begin + job.grain, job.count);
    for (size_t i = begin; i < end; ++i) job.work(i);
    done += end - begin;
  }
  const std::lock_guard lock(job.mutex);
  job.done += done;
  if (job.done == job.count) job.finished.notify_all();
}

void WorkerPool::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<Job> job = jobs_.front();
    if (job->next.load() >= job->count) {
      jobs_.pop_front();
      continue;
    }
    lock.unlock();
    Help(*job);
    lock.lock();
  }
}

void WorkerPool::ForEach(size_t count, const std::function<void(size_t)>& work) {
  if (count <= 1 || threads_.empty()) {
    for (size_t i = 0; i < count; ++i) work(i);
    return;
  }
  Start(count, [&work](size_t i) { work(i); }).Finish();
}

WorkerPool::Task WorkerPool::Start(size_t count, std::function<void(size_t)> work) {
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  job->count = count;
  constexpr size_t kTurns = 8;  // of each thread, so that all end about together
  job->grain = std::max<size_t>(1, count / (kTurns * parallelism()));
  if (!threads_.empty()) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(job);
  }
  wake_.notify_all();
  return {*this, std::move(job)};
}

void WorkerPool::Finish(const std::shared_ptr<Job>& job) {
  Help(*job);
  {
    std::unique_lock lock(job->mutex);
    job->finished.wait(lock, [&] { return job->done == job->count; });
  }
  const std::lock_guard lock(mutex_);
  jobs_.erase(std::remove(jobs_.begin(), jobs_.end(), job), jobs_.end());
}

}  // namespace narthex::promql
