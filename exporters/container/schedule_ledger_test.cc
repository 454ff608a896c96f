#include "exporters/container/schedule_ledger.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(ScheduleLedger, KeepsTheTimesOfThreadsThatHaveEnded) {
  ScheduleLedger ledger;
  EXPECT_EQ(ledger.Enter("/a", {{1, {100, 10, 1}}, {2, {50, 5, 2}}}).running_ns, 150U);
  const ScheduleTimes sum = ledger.Enter("/a", {{1, {120, 12, 3}}});
  EXPECT_EQ(sum.running_ns, 170U);
  EXPECT_EQ(sum.waiting_ns, 17U);
  EXPECT_EQ(sum.runs, 5U);
}

TEST(ScheduleLedger, TakesAThreadThatRanForLessForAnother) {
  ScheduleLedger ledger;
  ledger.Enter("/a", {{1, {100, 10, 1}}});
  EXPECT_EQ(ledger.Enter("/a", {{1, {30, 3, 1}}}).running_ns, 130U);
}

TEST(ScheduleLedger, ForgetsContainersThatAreGone) {
  ScheduleLedger ledger;
  ledger.Enter("/a", {{1, {100, 10, 1}}});
  ledger.Keep({});
  EXPECT_EQ(ledger.Enter("/a", {}).running_ns, 0U);
}

TEST(ParseProcessSchedule, WantsThreeNumbers) {
  const auto times = ParseProcessSchedule("100 20 3\n");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->waiting_ns, 20U);
  EXPECT_FALSE(ParseProcessSchedule("100 20\n"));
}

}  // namespace
}  // namespace narthex::exporters
