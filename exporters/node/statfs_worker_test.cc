#include "exporters/node/statfs_worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace narthex::exporters {
namespace {

TEST(StatfsWorker, AnswersInTheOrderAsked) {
  StatfsWorker worker;
  const auto answers = worker.Ask({"/", "/nowhere/at all", "/proc"}, Duration::Seconds(60));
  ASSERT_EQ(answers.size(), 3U);
  ASSERT_TRUE(answers[0].ok());
  EXPECT_GT(answers[0]->f_bsize, 0);
  EXPECT_EQ(answers[1].message(), "statfs \"/nowhere/at all\": No such file or directory");
  ASSERT_TRUE(answers[2].ok());
  EXPECT_EQ(answers[2]->f_type, 0x9fa0);  // PROC_SUPER_MAGIC
}

TEST(StatfsWorker, HasNothingToSayOfNoPaths) {
  EXPECT_TRUE(StatfsWorker().Ask({}, Duration::Seconds(60)).empty());
}

// With no time at all each path is answered or timed out, and the thread that was left behind frees
// its path when the call returns.
TEST(StatfsWorker, AsksAPathAgainOnceItsLateAnswerCame) {
  StatfsWorker worker;
  const std::vector<std::string> paths(20, "/");
  const auto hasty = worker.Ask(paths, Duration{});
  ASSERT_EQ(hasty.size(), paths.size());
  for (const auto& answer : hasty) EXPECT_TRUE(answer.ok() || answer.code() == Code::kTimeout);
  bool all_answered = false;
  for (int tries = 0; tries < 10'000 && !all_answered; ++tries) {
    const auto patient = worker.Ask(paths, Duration::Seconds(60));
    all_answered =
        std::all_of(patient.begin(), patient.end(), [](const auto& answer) { return answer.ok(); });
    std::this_thread::yield();
  }
  EXPECT_TRUE(all_answered);
}

TEST(StatfsWorker, ServesSeveralAskersAtOnce) {
  StatfsWorker worker;
  constexpr int kAskers = 4;
  std::vector<std::thread> askers;
  askers.reserve(kAskers);
  for (int i = 0; i < kAskers; ++i) {
    askers.emplace_back([&worker] {
      for (int round = 0; round < 20; ++round) {
        EXPECT_EQ(worker.Ask({"/", "/proc", "/sys"}, Duration::Seconds(60)).size(), 3U);
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
}

}  // namespace
}  // namespace narthex::exporters
