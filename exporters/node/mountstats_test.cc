#include "exporters/node/mountstats.h"

#include <gtest/gtest.h>

#include "exporters/kit/mountinfo.h"

namespace narthex::exporters {
namespace {

const std::string kHead =
    "device proc mounted on /proc with fstype proc\n"
    "device host:/srv mounted on /mnt/a b with fstype nfs4 statvers=1.1\n"
    "\topts:\trw,vers=4.0\n\tage:\t13968\n"
    "\tevents:\t52 226 0 0 1 13 398 0 0 331 0 47 0 0 77 0 0 77 0 0 0 0 0 0 0 0 7\n"
    "\tbytes:\t1207640230 0 0 0 1210214218 0 295483 9\n";
const std::string kOperations =
    "\tper-op statistics\n"
    "\t        NULL: 0 0 0 0 0 0 0 0\n"
    "\t        READ: 1298 1299 0 207680 1210292152 6 79386 79407 3\n\n";

TEST(ParseMountstats, ReadsAnNfsMountOverTcp) {
  const auto mounts = ParseMountstats(
      kHead + "\txprt:\ttcp 832 0 1 0 11 6428 6429 0 12154 2 24 26 5726\n" + kOperations);
  ASSERT_TRUE(mounts.ok()) << mounts.status().message();
  ASSERT_EQ(mounts->size(), 1U);
  const NfsMount& mount = mounts->front();
  EXPECT_EQ(mount.device, "host:/srv");
  EXPECT_EQ(mount.mount_point, "/mnt/a b");
  EXPECT_EQ(mount.fs_type, "nfs4");
  EXPECT_EQ(mount.age_seconds, 13968U);
  EXPECT_EQ(mount.bytes[0], 1207640230U);
  EXPECT_EQ(mount.events[26], 7U);
  ASSERT_EQ(mount.transports.size(), 1U);
  EXPECT_EQ(mount.transports[0].numbers[2], 1U);  // connects
  EXPECT_EQ(mount.transports[0].numbers[12], 5726U);
  ASSERT_EQ(mount.operations.size(), 2U);
  EXPECT_EQ(mount.operations[1].name, "READ");
  EXPECT_EQ(mount.operations[1].numbers[7], 79407U);
}

TEST(ParseMountstats, PutsTheNumbersOfUdpWhereThoseOfTcpAre) {
  const auto mounts =
      ParseMountstats(kHead + "\txprt:\tudp 832 5 6428 6429 0 12154 2 24 26 5726\n" + kOperations);
  ASSERT_TRUE(mounts.ok());
  const auto& numbers = mounts->front().transports[0].numbers;
  EXPECT_EQ(numbers[1], 5U);
  EXPECT_EQ(numbers[2], 0U);
  EXPECT_EQ(numbers[5], 6428U);
  EXPECT_EQ(numbers[12], 5726U);
}

TEST(ParseMountstats, RefusesCutLines) {
  for (const char* bad : {"\txprt:\ttcp 832 0\n", "\txprt:\n", "\tbytes:\t1 2\n", "\tage:\tx\n",
                          "\tper-op statistics\n\tREAD: 1 2\n"})
    EXPECT_EQ(ParseMountstats(kHead + bad).code(), Code::kCorruption) << bad;
  EXPECT_TRUE(ParseMountstats("device x mounted\n")->empty());
}

TEST(FindMountOption, TellsAnOptionWithoutAValueFromNone) {
  EXPECT_EQ(FindMountOption("rw,addr=10.0.0.1,ro", "addr"), "10.0.0.1");
  EXPECT_EQ(FindMountOption("rw,addr=10.0.0.1,ro", "ro"), "");
  EXPECT_EQ(FindMountOption("rw,roaddr=1", "ro"), std::nullopt);
  EXPECT_EQ(FindMountOption("", "ro"), std::nullopt);
}

}  // namespace
}  // namespace narthex::exporters
