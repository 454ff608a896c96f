#include "server/promql/active_queries.h"

#include <gtest/gtest.h>

#include <thread>

namespace narthex::promql {
namespace {

class ActiveQueriesTest : public testing::Test {
 protected:
  QueryControl::Limits Limits(std::function<bool()> abandoned = {}) const {
    constexpr int64_t kMinuteNs = 60'000'000'000;  // a deadline that no test meets
    return {clock_.MonotonicNs() + kMinuteNs, 100, 0, std::move(abandoned)};
  }

  SystemClock clock_;
  std::atomic<bool> stopping_{false};
};

TEST_F(ActiveQueriesTest, ListsWhatIsUnderWay) {
  ActiveQueries all(2, clock_);
  QueryControl control(Limits(), clock_, stopping_);
  ActiveQueries::Entry entry(all, {"up", {"10.0.0.1", "GET", "/q"}, 5, 65, 15}, control);
  ASSERT_TRUE(control.HoldSamples(7).ok());
  ASSERT_EQ(all.List().size(), 1U);
  EXPECT_FALSE(all.List()[0].running);
  ASSERT_TRUE(entry.WaitForTurn().ok());
  const ActiveQueryStatus status = all.List()[0];
  EXPECT_TRUE(status.running);
  EXPECT_EQ(status.identity.text, "up");
  EXPECT_EQ(status.identity.origin.client, "10.0.0.1");
  EXPECT_EQ(status.samples, 7U);
}

TEST_F(ActiveQueriesTest, LetsTheNextRunWhenOneEnds) {
  ActiveQueries all(1, clock_);
  QueryControl first_control(Limits(), clock_, stopping_);
  QueryControl second_control(Limits(), clock_, stopping_);
  auto first = std::make_unique<ActiveQueries::Entry>(all, QueryIdentity{}, first_control);
  ASSERT_TRUE(first->WaitForTurn().ok());
  ActiveQueries::Entry second(all, {}, second_control);
  std::thread waiter([&] { EXPECT_TRUE(second.WaitForTurn().ok()); });
  first.reset();
  waiter.join();
  EXPECT_EQ(all.count(), 1U);
}

TEST_F(ActiveQueriesTest, EndsOneThatWaitsOrRuns) {
  ActiveQueries all(1, clock_);
  QueryControl running(Limits(), clock_, stopping_);
  QueryControl waiting(Limits(), clock_, stopping_);
  ActiveQueries::Entry first(all, {}, running);
  ASSERT_TRUE(first.WaitForTurn().ok());
  ActiveQueries::Entry second(all, {}, waiting);
  const uint64_t id = all.List()[1].id;
  ASSERT_TRUE(all.Cancel(id));
  EXPECT_EQ(second.WaitForTurn().code(), Code::kCancelled);
  EXPECT_TRUE(running.Check().ok());
  EXPECT_FALSE(all.Cancel(id + 1));
}

TEST_F(ActiveQueriesTest, AQueryOfAClientThatIsGoneEnds) {
  bool gone = false;
  QueryControl control(Limits([&gone] { return gone; }), clock_, stopping_);
  EXPECT_TRUE(control.Check().ok());
  gone = true;
  Status status;
  while (status.ok()) status = control.Check();  // asked every few milliseconds
  EXPECT_EQ(status.code(), Code::kCancelled);
}

}  // namespace
}  // namespace narthex::promql
