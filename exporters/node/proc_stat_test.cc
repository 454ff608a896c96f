#include "exporters/node/proc_stat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(ParseProcStat, ReadsEachCpuAndLeavesTheirSum) {
  const auto stat = ParseProcStat(
      "cpu  301854 612 111922 8979004 3552 2 3944 0 44 36\n"
      "cpu0 44490 19 21045 1087069 220 1 3410 0 2 1\n"
      "cpu12 47869 23 16474 1110787 591 0 46 7 3 2\n");
  ASSERT_TRUE(stat.ok());
  ASSERT_EQ(stat->cpus.size(), 2U);
  EXPECT_EQ(stat->cpus[0].number, 0U);
  EXPECT_THAT(stat->cpus[0].ticks, ElementsAre(44490, 19, 21045, 1087069, 220, 1, 3410, 0, 2, 1));
  EXPECT_EQ(stat->cpus[1].number, 12U);
  EXPECT_EQ(stat->cpus[1].ticks[7], 7U);
}

TEST(ParseProcStat, ReadsTheMachineWideCounts) {
  const auto stat = ParseProcStat(
      "intr 8885917 17 0 0 0\nctxt 38014093\nbtime 1418183276\nprocesses 26442\n"
      "procs_running 2\nprocs_blocked 1\nsoftirq 5057579 250191 1481983 1647 211099 186066 0 "
      "1783454 622196 12499 508444\n");
  ASSERT_TRUE(stat.ok());
  EXPECT_EQ(stat->interrupts, 8885917U);
  EXPECT_EQ(stat->context_switches, 38014093U);
  EXPECT_EQ(stat->boot_time_seconds, 1418183276U);
  EXPECT_EQ(stat->forks, 26442U);
  EXPECT_EQ(stat->procs_running, 2U);
  EXPECT_EQ(stat->procs_blocked, 1U);
  EXPECT_THAT(stat->softirqs, ElementsAre(250191, 1481983, 1647, 211099, 186066, 0, 1783454, 622196,
                                          12499, 508444));
}

TEST(ParseProcStat, ReadsColumnsThatOldKernelsLackAsZero) {
  const auto stat = ParseProcStat("cpu0 1 2 3 4\n");  // as Linux 2.4
  ASSERT_TRUE(stat.ok());
  EXPECT_THAT(stat->cpus[0].ticks, ElementsAre(1, 2, 3, 4, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(stat->softirqs, Each(0U));
}

TEST(ParseProcStat, IgnoresColumnsAndLinesOfNewerKernels) {
  const auto stat = ParseProcStat("cpu0 1 2 3 4 5 6 7 8 9 10 11 12\nnovelty x y\n\nctxt 5\n");
  ASSERT_TRUE(stat.ok());
  EXPECT_EQ(stat->cpus[0].ticks.back(), 10U);
  EXPECT_EQ(stat->context_switches, 5U);
}

TEST(ParseProcStat, RefusesWordsAmongNumbersAndShowsTheLine) {
  for (const char* bad :
       {"cpu0 1 x 3", "cpuX 1 2 3", "ctxt", "ctxt -1", "intr many", "softirq", "softirq 1 x"}) {
    EXPECT_EQ(ParseProcStat(bad).code(), Code::kCorruption) << bad;
  }
  EXPECT_EQ(ParseProcStat("ctxt 1\nbtime soon\n").message(),
            "stat: want numbers, got \"btime soon\"");
}

}  // namespace
}  // namespace narthex::exporters
