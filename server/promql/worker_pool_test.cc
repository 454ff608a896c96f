#include "server/promql/worker_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>

namespace narthex::promql {
namespace {

// Without threads of its own the work is done when it is waited for.
TEST(WorkerPool, DoesAllWorkOfATaskWhateverItsThreads) {
  for (const size_t threads : {0, 1, 3}) {
    WorkerPool pool(threads);
    std::array<std::atomic<int>, 100> done{};
    WorkerPool::Task task = pool.Start(done.size(), [&](size_t i) { ++done[i]; });
    task.Finish();
    task.Finish();
    for (const auto& times : done) EXPECT_EQ(times, 1) << threads;
  }
}

TEST(WorkerPool, ATaskThatEndsHasDoneItsWork) {
  WorkerPool pool(2);
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  {
    WorkerPool::Task task = pool.Start(50, [&](size_t) { ++first; });
    task = pool.Start(70, [&](size_t) { ++second; });
    EXPECT_EQ(first, 50);
    pool.ForEach(30, [&](size_t) { ++first; });
    EXPECT_EQ(first, 80);
  }
  EXPECT_EQ(second, 70);
}

}  // namespace
}  // namespace narthex::promql
