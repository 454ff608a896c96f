// What of XFS and Btrfs is worked out without a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/node/btrfs.h"
#include "exporters/node/xfs.h"

namespace narthex::exporters {
namespace {

TEST(ParseXfsStats, ReadsLinesOfNumbersByTheirKey) {
  const auto stats = ParseXfsStats("extent_alloc 1 872 0 0\nrw 28 3\ngc xpc 1 2\n");
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->size(), 2U);
  EXPECT_THAT(stats->at("extent_alloc"), testing::ElementsAre(1, 872, 0, 0));
  EXPECT_FALSE(ParseXfsStats("rw 28 x\n").ok());
}

TEST(BtrfsAllocationRatio, FollowsFromTheMode) {
  EXPECT_EQ(BtrfsAllocationRatio("single", 1), 1);
  EXPECT_EQ(BtrfsAllocationRatio("raid10", 4), 2);
  EXPECT_EQ(BtrfsAllocationRatio("raid5", 4), 4.0 / 3);
  EXPECT_EQ(BtrfsAllocationRatio("raid6", 4), 2);
  EXPECT_EQ(BtrfsAllocationRatio("raid6", 2), 0);
  EXPECT_EQ(BtrfsAllocationRatio("raid9", 2), 0);
}

}  // namespace
}  // namespace narthex::exporters
