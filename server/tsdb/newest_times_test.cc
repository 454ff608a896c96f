#include "server/tsdb/newest_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace narthex::tsdb {
namespace {

using storage::SeriesRef;

TEST(RefTimes, KeepTheNewestOfEachRefHoweverFarApart) {
  RefTimes times;
  const std::map<SeriesRef, int64_t> newest = {{1, 30}, {2, -5}, {255, 1}, {256, 2}, {1U << 30, 7}};
  for (const int64_t behind : {1, 0, 2}) {
    for (const auto& [ref, time] : newest) EXPECT_EQ(times.Raise(ref, time - behind), behind < 2);
  }
  std::map<SeriesRef, int64_t> found;
  times.ForEach([&](SeriesRef ref, int64_t time) { found[ref] = time; });
  EXPECT_EQ(found, newest);
  EXPECT_EQ(times.Of(256), 2);
  EXPECT_EQ(times.Of(257), storage::kMinTime);
  EXPECT_EQ(times.Of(1U << 20), storage::kMinTime);
  EXPECT_EQ(times.last_ref(), 1U << 30);
}

TEST(RefTimes, PassOverRefsThatNoSeriesCanHave) {
  RefTimes times;
  EXPECT_FALSE(times.Raise(SeriesRef{1} << 40, 1));
  EXPECT_FALSE(times.Raise(UINT64_MAX, 1));
  EXPECT_EQ(times.last_ref(), storage::kNoRef);
}

TEST(NewestTimes, OrderSamplesAsTheirSeriesWould) {
  RefTimes times;
  times.Raise(7, 100);
  NewestTimes newest(std::move(times));
  EXPECT_EQ(newest.Check(7, 101), AppendOutcome::kAppended);
  EXPECT_EQ(newest.Check(7, 100), AppendOutcome::kSame);
  EXPECT_EQ(newest.Check(7, 99), AppendOutcome::kOutOfOrder);
  EXPECT_EQ(newest.Check(8, -1), AppendOutcome::kAppended);
  EXPECT_TRUE(newest.Raise(7, 101));
  EXPECT_FALSE(newest.Raise(7, 101));
  EXPECT_EQ(newest.Check(7, 100), AppendOutcome::kOutOfOrder);
}

}  // namespace
}  // namespace narthex::tsdb
