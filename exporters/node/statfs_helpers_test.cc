#include "exporters/node/statfs_helpers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

using testing::HasSubstr;

constexpr Duration kTimeout = Duration::Seconds(5);

// The children of this process that it did not have before the test: those of others are taken back
// some time after their end.
class StatfsHelpersTest : public testing::Test {
 protected:
  std::vector<pid_t> Children() const {
    std::vector<pid_t> children;
    for (const pid_t child : AllChildren())
      if (std::find(before_.begin(), before_.end(), child) == before_.end())
        children.push_back(child);
    return children;
  }

 private:
  static std::vector<pid_t> AllChildren();

  const std::vector<pid_t> before_ = AllChildren();
};

std::vector<pid_t> StatfsHelpersTest::AllChildren() {
  const std::string pid = std::to_string(::getpid());
  std::ifstream file("/proc/self/task/" + pid + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

// A process is stopped only a moment after the signal.
void StopAndWait(pid_t pid) {
  ASSERT_EQ(::kill(pid, SIGSTOP), 0);
  for (int i = 0; i < 10'000; ++i) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name, state;
    file >> number >> name >> state;
    if (state == "T") return;
    ::usleep(100);
  }
  FAIL() << "process " << pid << " does not stop";
}

TEST_F(StatfsHelpersTest, AskEachPath) {
  StatfsHelpers helpers;
  for (int round = 0; round < 2; ++round) {
    const auto answers = helpers.Ask({"/proc", "/no/such", "/"}, kTimeout);
    ASSERT_EQ(answers.size(), 3U);
    ASSERT_TRUE(answers[0].sizes.ok());
    EXPECT_EQ(answers[0].sizes->f_type, 0x9fa0);  // PROC_SUPER_MAGIC
    EXPECT_EQ(answers[1].sizes.code(), Code::kNotFound);
    EXPECT_THAT(std::string(answers[1].sizes.message()), HasSubstr("\"/no/such\""));
    EXPECT_TRUE(answers[2].sizes.ok());
  }
  EXPECT_EQ(Children().size(), 1U);  // the first serves both
  EXPECT_EQ(helpers.stuck(), 0U);
}

TEST_F(StatfsHelpersTest, AskInSeveralBatchesWhereThereAreMany) {
  StatfsHelpers helpers;
  std::vector<std::string> paths(1200, "/proc");
  paths[700] = std::string(100'000, 'x');
  const auto answers = helpers.Ask(paths, kTimeout);
  for (size_t i = 0; i < paths.size(); ++i) EXPECT_EQ(answers[i].sizes.ok(), i != 700) << i;
  EXPECT_TRUE(helpers.Ask({}, kTimeout).empty());
}

TEST_F(StatfsHelpersTest, LeaveOneThatHangsWithItsPathAndTakeItBack) {
  StatfsHelpers helpers;
  ASSERT_TRUE(helpers.Ask({"/proc"}, kTimeout)[0].sizes.ok());
  const std::vector<pid_t> first = Children();
  ASSERT_EQ(first.size(), 1U);
  StopAndWait(first[0]);
  auto answers = helpers.Ask({"/proc", "/", "/sys"}, Duration{60});
  EXPECT_EQ(answers[0].sizes.code(), Code::kTimeout);
  EXPECT_TRUE(answers[0].is_stuck);
  EXPECT_TRUE(answers[1].sizes.ok());
  EXPECT_TRUE(answers[2].sizes.ok());
  EXPECT_EQ(helpers.stuck(), 1U);
  answers = helpers.Ask({"/proc", "/"}, Duration::Seconds(3600));  // is not asked again
  EXPECT_TRUE(answers[0].is_stuck);
  EXPECT_TRUE(answers[1].sizes.ok());
  EXPECT_EQ(Children().size(), 2U);
  ASSERT_EQ(::kill(first[0], SIGCONT), 0);
  for (int i = 0; i < 10'000 && helpers.stuck() > 0; ++i) {
    ::usleep(100);
    answers = helpers.Ask({"/proc"}, kTimeout);
  }
  EXPECT_TRUE(answers[0].sizes.ok());
  EXPECT_EQ(helpers.stuck(), 0U);
}

TEST_F(StatfsHelpersTest, StartAnotherForOneThatWasKilled) {
  StatfsHelpers helpers;
  ASSERT_TRUE(helpers.Ask({"/proc"}, kTimeout)[0].sizes.ok());
  ASSERT_EQ(Children().size(), 1U);
  ASSERT_EQ(::kill(Children()[0], SIGKILL), 0);
  EXPECT_TRUE(helpers.Ask({"/proc"}, kTimeout)[0].sizes.ok());
}

TEST_F(StatfsHelpersTest, EndWithTheirOwner) {
  {
    StatfsHelpers helpers;
    ASSERT_TRUE(helpers.Ask({"/proc"}, kTimeout)[0].sizes.ok());
    ASSERT_EQ(Children().size(), 1U);
    StopAndWait(Children()[0]);
  }
  for (int i = 0; i < 10'000 && !Children().empty(); ++i) ::usleep(100);
  for (const pid_t child : Children()) {  // killed, if not taken back yet
    std::ifstream file("/proc/" + std::to_string(child) + "/stat");
    std::string number, name, state;
    file >> number >> name >> state;
    EXPECT_EQ(state, "Z");
  }
}

}  // namespace
}  // namespace narthex::exporters
