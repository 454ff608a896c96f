#include "exporters/mysql/mysql_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace narthex::exporters {
namespace {

using Version = SqlSession::Version;

TEST(ParseServerVersion, ReadsTheFrontOfWhatServersSay) {
  EXPECT_EQ(*ParseServerVersion("10.11.6-MariaDB-0+deb12u1-log"), (Version{10, 11, 6}));
  EXPECT_EQ(*ParseServerVersion("8.0.36-28.1"), (Version{8, 0, 36}));
  EXPECT_EQ(*ParseServerVersion("5.7.44"), (Version{5, 7, 44}));
  for (const char* bad : {"", "8", "8.0", "mysql", "8.x.1", "99999.1.1"})
    EXPECT_FALSE(ParseServerVersion(bad).ok()) << bad;
}

TEST(IsMariaDb, LooksForTheNameInAnyCase) {
  EXPECT_TRUE(IsMariaDb("10.11.6-MariaDB-log"));
  EXPECT_TRUE(IsMariaDb("10.6.0-mariadb"));
  EXPECT_FALSE(IsMariaDb("8.0.36-28.1"));
}

TEST(Quote, LeavesNothingThatSqlWouldRead) {
  EXPECT_EQ(QuoteText("a'\\"), "_utf8mb4 X'61275C'");
  EXPECT_EQ(QuoteText(""), "_utf8mb4 X''");
  EXPECT_EQ(QuoteName("a`b"), "`a``b`");
}

QueryBounds Bounds(Duration timeout, std::shared_ptr<std::atomic<bool>> cancelled = nullptr) {
  return QueryBounds{QueryBounds::Time::max(), std::move(cancelled)}.Within(timeout);
}

TEST(StatementWatch, StopsWhatIsOverdueOrCancelledAndNothingElse) {
  std::promise<uint64_t> stopped;
  StatementWatch watch([&](uint64_t connection) { stopped.set_value(connection); });
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  const QueryBounds long_one = Bounds(Duration::Seconds(3600));
  const QueryBounds short_one = Bounds(Duration::Seconds(3600), cancelled);
  StatementWatch::Guard first(watch, 1, long_one);
  StatementWatch::Guard second(watch, 2, short_one);
  cancelled->store(true);
  EXPECT_EQ(stopped.get_future().get(), 2U);
  EXPECT_TRUE(second.was_stopped());
  EXPECT_FALSE(first.was_stopped());
}

// What comes late would end the next statement of the connection.
TEST(StatementWatch, AGuardWaitsForWhatIsBeingStopped) {
  std::promise<void> has_begun, may_end;
  StatementWatch watch([&](uint64_t /*connection*/) {
    has_begun.set_value();
    may_end.get_future().wait();
  });
  const QueryBounds bounds = Bounds({0});
  auto guard = std::make_unique<StatementWatch::Guard>(watch, 1, bounds);
  has_begun.get_future().wait();
  std::atomic<bool> is_over = false;
  auto ended = std::async(std::launch::async, [&] {
    guard.reset();
    is_over = true;
  });
  EXPECT_FALSE(is_over);
  may_end.set_value();
  ended.wait();
  EXPECT_TRUE(is_over);
}

TEST(StatementWatch, RestsWhenThereIsNothingToWatch) {
  std::promise<void> rests;
  StatementWatch watch([](uint64_t /*connection*/) {}, [&] { rests.set_value(); });
  const QueryBounds bounds = Bounds(Duration::Seconds(3600));
  { const StatementWatch::Guard guard(watch, 1, bounds); }
  rests.get_future().wait();
}

TEST(StatementWatch, StopsOnceOnRequest) {
  int stops = 0;
  StatementWatch watch([&](uint64_t connection) { stops += static_cast<int>(connection); });
  const QueryBounds bounds = Bounds(Duration::Seconds(3600));
  StatementWatch::Guard guard(watch, 7, bounds);
  guard.Stop();
  guard.Stop();
  EXPECT_EQ(stops, 7);
  EXPECT_TRUE(guard.was_stopped());
}

TEST(StatementWatch, TellsConnectionsOfALossApartFromNewOnes) {
  StatementWatch watch([](uint64_t /*connection*/) {});
  const int before = watch.generation();
  watch.NoteLoss();
  EXPECT_NE(watch.generation(), before);
}

}  // namespace
}  // namespace narthex::exporters
