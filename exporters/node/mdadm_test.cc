#include "exporters/node/mdadm.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

RaidDevice Only(std::string_view text) {
  const auto devices = ParseMdstat(text);
  EXPECT_TRUE(devices.ok()) << devices.status().message();
  EXPECT_EQ(devices->size(), 1U);
  return devices->front();
}

TEST(ParseMdstat, ReadsARaidThatRecovers) {
  const RaidDevice raid = Only(
      "Personalities : [raid1]\nmd6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]\n"
      "      195310144 blocks [2/1] [U_]\n"
      "      [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min\n\n"
      "unused devices: <none>\n");
  EXPECT_EQ(raid.name, "md6");
  EXPECT_EQ(raid.state, "recovering");
  EXPECT_EQ(raid.disks_required, 2);
  EXPECT_EQ(raid.disks_active, 1);
  EXPECT_EQ(raid.disks_failed, 1);
  EXPECT_EQ(raid.disks_spare, 1);
  EXPECT_EQ(raid.blocks, 195310144);
  EXPECT_EQ(raid.blocks_synced, 16775552);
}

TEST(ParseMdstat, ReadsADelayedResync) {
  const RaidDevice raid = Only(
      "md9 : active (auto-read-only) raid1 sdc2[2] sdd2[3]\n      523968 blocks [4/4] [UUUU]\n"
      "      bitmap: 0/30 pages [0KB], 65536KB chunk\n      resync=DELAYED\n");
  EXPECT_EQ(raid.state, "resyncing");
  EXPECT_EQ(raid.blocks_synced, 0);
}

TEST(ParseMdstat, CountsTheDisksOfARaidWithoutRedundancy) {
  const RaidDevice raid =
      Only("md10 : active raid0 sda1[0] sdb1[1]\n  314159265 blocks 64k chunks\n");
  EXPECT_EQ(raid.disks_required, 2);
  EXPECT_EQ(raid.disks_active, 2);
}

TEST(ParseMdstat, KnowsNothingOfTheDisksOfAnInactiveRaid) {
  const RaidDevice raid =
      Only("md4 : inactive sda3[0](S)\n   4883648 blocks super external:imsm\n");
  EXPECT_EQ(raid.state, "inactive");
  EXPECT_EQ(raid.disks_required, 0);
  EXPECT_EQ(raid.disks_spare, 1);
}

TEST(ParseMdstat, RefusesWhatIsCut) {
  for (const char* bad : {"md6\n", "md6 : active\n", "md6 : active raid1 a[0]\n",
                          "md6 : active raid1 a[0]\n   12 blocks\n",
                          "md6 : active raid1 a[0]\n   12 blocks [1/1] [U]\n  recovery = 8%\n"})
    EXPECT_EQ(ParseMdstat(bad).code(), Code::kCorruption) << bad;
  EXPECT_TRUE(ParseMdstat("").ok());
  EXPECT_TRUE(ParseMdstat("unused devices: <none>\n").ok());
}

}  // namespace
}  // namespace narthex::exporters
