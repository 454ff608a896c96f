#include "exporters/kit/diskstats.h"
#include "exporters/node/diskstats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(ParseDiskstats, ReadsAsManyColumnsAsTheKernelTells) {
  const auto disks = ParseDiskstats(
      "   8       0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 "
      "0 9653880 82621804\n"
      " 259       1 nvme0n1p1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"
      "   8      32 sdc 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n");
  ASSERT_TRUE(disks.ok());
  ASSERT_EQ(disks->size(), 3U);
  EXPECT_EQ((*disks)[0].major, 8U);
  EXPECT_EQ((*disks)[0].device, "sda");
  EXPECT_EQ((*disks)[0].column_count, 11U);  // before 4.18
  EXPECT_EQ((*disks)[0].columns[2], 1003346126);
  EXPECT_EQ((*disks)[0].columns[10], 82621804);
  EXPECT_EQ((*disks)[1].minor, 1U);
  EXPECT_EQ((*disks)[1].column_count, 15U);  // with discards
  EXPECT_EQ((*disks)[2].column_count, 17U);  // with flushes
  EXPECT_EQ((*disks)[2].columns[16], 17);
}

TEST(ParseDiskstats, IgnoresColumnsOfNewerKernels) {
  const auto disks = ParseDiskstats("8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n");
  ASSERT_TRUE(disks.ok());
  EXPECT_EQ((*disks)[0].column_count, DiskStats::kMaxColumns);
}

TEST(ParseDiskstats, RefusesLinesWithoutNumbersNameAndCounts) {
  for (const char* bad : {"8 0", "8 0 sda", "8 0 sda 1 2 3", "x 0 sda 1 2 3 4", "8 y sda 1 2 3 4",
                          "8 0 sda -1 2 3 4"}) {
    EXPECT_EQ(ParseDiskstats(bad).code(), Code::kCorruption) << bad;
  }
}

// A device number has 32 bits; cutting a larger one would show another device's properties.
TEST(ParseDiskstats, RefusesDeviceNumbersThatNoKernelHas) {
  EXPECT_FALSE(ParseDiskstats("4294967304 0 sda 1 2 3 4\n").ok());
  EXPECT_FALSE(ParseDiskstats("8 4294967296 sda 1 2 3 4\n").ok());
}

TEST(ParseUdevProperties, ReadsPropertiesAndLeavesLinksTagsAndTimes) {
  EXPECT_THAT(
      ParseUdevProperties("S:disk/by-id/ata-X=1\nW:702\nI:73815117\nE:ID_MODEL=TOSHIBA_KSDB4U86\n"
                          "E:ID_SERIAL=a=b\nE:EMPTY=\nG:systemd\n"),
      ElementsAre(Pair("EMPTY", ""), Pair("ID_MODEL", "TOSHIBA_KSDB4U86"),
                  Pair("ID_SERIAL", "a=b")));
}

TEST(ParseUdevProperties, PassesOverLinesOfNoKnownForm) {
  EXPECT_THAT(ParseUdevProperties(""), IsEmpty());
  EXPECT_THAT(ParseUdevProperties("E:\nE\n=\nE:NOVALUE\n"), IsEmpty());
}

}  // namespace
}  // namespace narthex::exporters
