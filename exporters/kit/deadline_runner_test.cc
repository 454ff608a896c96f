#include "exporters/kit/deadline_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace narthex::exporters {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr Duration kLong = Duration::Seconds(60);
constexpr Duration kShort{20};

// A job that hangs until it is let go, as a dead server of files makes it.
class Hanging {
 public:
  DeadlineRunner::Job Job(std::string key) const {
    return {std::move(key), [freed = freed_, runs = runs_] {
              ++*runs;
              freed.wait();
            }};
  }
  void LetGo() { free_.set_value(); }
  int runs() const { return *runs_; }

 private:
  std::promise<void> free_;
  std::shared_future<void> freed_{free_.get_future()};
  std::shared_ptr<std::atomic<int>> runs_ = std::make_shared<std::atomic<int>>(0);
};

DeadlineRunner::Job Counting(std::string key, const std::shared_ptr<std::atomic<int>>& count) {
  return {std::move(key), [count] { ++*count; }};
}

std::shared_ptr<std::atomic<int>> Zero() { return std::make_shared<std::atomic<int>>(0); }

void WaitUntilNoneIsStuck(const DeadlineRunner& runner) {
  while (runner.stuck() > 0) std::this_thread::yield();
}

TEST(DeadlineRunner, KeepsNothingOfJobsThatAreOver) {
  DeadlineRunner runner;
  const auto owned = Zero();
  runner.Run({Counting("a", owned)}, {kLong, kLong});
  while (owned.use_count() > 1) std::this_thread::yield();  // the thread lets go a moment later
  EXPECT_EQ(*owned, 1);
}

TEST(DeadlineRunner, RunsJobsInTheirOrder) {
  DeadlineRunner runner;
  const auto order = std::make_shared<std::string>();
  std::vector<DeadlineRunner::Job> jobs;
  for (const char c : {'a', 'b', 'c'})
    jobs.push_back({std::string(1, c), [order, c] { order->push_back(c); }});
  EXPECT_THAT(runner.Run(std::move(jobs), {kLong, kLong}), Each(JobEnd::kDone));
  EXPECT_EQ(*order, "abc");
  EXPECT_TRUE(runner.Run({}, {kLong, kLong}).empty());
}

TEST(DeadlineRunner, GoesOnWithTheRestWhereAJobHangs) {
  DeadlineRunner runner;
  Hanging dead;
  const auto count = Zero();
  const auto ends =
      runner.Run({dead.Job("dead"), Counting("a", count), Counting("b", count)}, {kShort, kLong});
  EXPECT_THAT(ends, ElementsAre(JobEnd::kLate, JobEnd::kDone, JobEnd::kDone));
  EXPECT_EQ(*count, 2);
  EXPECT_EQ(runner.stuck(), 1U);
  dead.LetGo();
  WaitUntilNoneIsStuck(runner);
}

// The deadline of a job is far, yet those behind it do not wait for it.
TEST(DeadlineRunner, LetsOthersPassASlowJob) {
  DeadlineRunner runner;
  Hanging slow;
  const auto rest = std::make_shared<std::promise<void>>();
  std::thread asker([&] {
    const auto ends =
        runner.Run({slow.Job("slow"), {"rest", [rest] { rest->set_value(); }}}, {kLong, kLong});
    EXPECT_THAT(ends, Each(JobEnd::kDone));
  });
  rest->get_future().wait();
  slow.LetGo();
  asker.join();
}

TEST(DeadlineRunner, BeginsAJobAgainOnlyOnceItsLateRunCameBack) {
  DeadlineRunner runner;
  Hanging dead;
  EXPECT_THAT(runner.Run({dead.Job("dead")}, {kShort, kLong}), ElementsAre(JobEnd::kLate));
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(runner.Run({dead.Job("dead")}, {kLong, kLong}), ElementsAre(JobEnd::kStuck));
  EXPECT_EQ(dead.runs(), 1);
  dead.LetGo();
  WaitUntilNoneIsStuck(runner);
  EXPECT_THAT(runner.Run({dead.Job("dead")}, {kLong, kLong}), ElementsAre(JobEnd::kDone));
}

TEST(DeadlineRunner, EndsAllAtTheLastDeadline) {
  DeadlineRunner runner(1);  // nobody can go on with the rest
  Hanging dead;
  const auto count = Zero();
  const auto ends = runner.Run({dead.Job("dead"), Counting("rest", count)}, {kLong, kShort});
  EXPECT_THAT(ends, Each(JobEnd::kLate));
  EXPECT_EQ(runner.stuck(), 1U) << "what was never begun is not stuck";
  EXPECT_THAT(runner.Run({Counting("rest", count)}, {kLong, kLong}), ElementsAre(JobEnd::kRefused));
  dead.LetGo();
  WaitUntilNoneIsStuck(runner);
  EXPECT_EQ(*count, 0);
}

TEST(DeadlineRunner, MayGoBeforeItsLateRuns) {
  Hanging dead;
  const auto count = Zero();
  {
    DeadlineRunner runner;
    runner.Run({dead.Job("dead"), Counting("rest", count)}, {kShort, kShort});
  }
  dead.LetGo();
}

TEST(DeadlineRunner, ServesSeveralAskersAtOnce) {
  DeadlineRunner runner;
  const auto count = Zero();
  constexpr size_t kAskers = 4;
  std::vector<std::thread> askers;
  askers.reserve(kAskers);
  for (size_t i = 0; i < kAskers; ++i) {
    askers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        EXPECT_THAT(runner.Run({Counting("a", count), Counting("b", count)}, {kLong, kLong}),
                    Each(JobEnd::kDone));
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(*count, 400);
}

}  // namespace
}  // namespace narthex::exporters
