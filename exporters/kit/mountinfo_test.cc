#include "exporters/kit/mountinfo.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

Mount One(const std::string& line) {
  const auto mounts = ParseMountinfo(line + "\n");
  EXPECT_TRUE(mounts.ok()) << line;
  EXPECT_EQ(mounts->size(), 1U);
  return mounts->front();
}

TEST(ParseMountinfo, ReadsDeviceNumbersPlaceTypeAndSource) {
  const Mount mount =
      One("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue");
  EXPECT_EQ(mount.major, "98");
  EXPECT_EQ(mount.minor, "0");
  EXPECT_EQ(mount.mount_point, "/mnt2");
  EXPECT_EQ(mount.fs_type, "ext3");
  EXPECT_EQ(mount.source, "/dev/root");
  EXPECT_FALSE(mount.read_only);
}

TEST(ParseMountinfo, SkipsAnyNumberOfOptionalFields) {
  EXPECT_EQ(One("1 1 0:5 / /root rw - rootfs rootfs rw").fs_type, "rootfs");
  EXPECT_EQ(One("1 1 0:5 / /root rw shared:8 master:1 propagate_from:2 - tmpfs t rw").fs_type,
            "tmpfs");
}

TEST(ParseMountinfo, FindsReadOnlyInTheMountsAndTheFileSystemsOptions) {
  EXPECT_TRUE(One("1 1 8:1 / / ro,relatime - ext4 /dev/sda1 rw").read_only);
  EXPECT_TRUE(One("1 1 8:1 / / rw,relatime - ext4 /dev/sda1 ro,data=ordered").read_only);
  EXPECT_TRUE(One("1 1 8:1 / / rw - ext4 /dev/sda1 rw,emergency_ro").read_only);
  EXPECT_FALSE(One("1 1 8:1 / / rw - ext4 /dev/sda1 rw,errors=remount-ro").read_only);
}

TEST(ParseMountinfo, ResolvesTheEscapesOfAMountPointOnce) {
  EXPECT_EQ(One(R"(1 1 0:5 / /a\040b\011c\012d rw - tmpfs t rw)").mount_point, "/a b\tc\nd");
  EXPECT_EQ(One(R"(1 1 0:5 / /a\134040b rw - tmpfs t rw)").mount_point, R"(/a\040b)");
  EXPECT_EQ(One(R"(1 1 0:5 / /a\04 rw - tmpfs t rw)").mount_point, R"(/a\04)");
  EXPECT_EQ(One(R"(1 1 0:5 / /a\477 rw - tmpfs t rw)").mount_point, R"(/a\477)");  // beyond a byte
}

// The original resolves mount points only, so series of shares with blanks have this label.
TEST(ParseMountinfo, LeavesTheEscapesOfTheSource) {
  EXPECT_EQ(One(R"(1 1 0:5 / /a rw - cifs //server/My\040Share rw)").source,
            R"(//server/My\040Share)");
}

TEST(ParseMountinfo, RefusesLinesOfAnotherLayout) {
  for (const char* bad : {"1", "1 1 8:1 / / rw ext4 /dev/sda1 rw",
                          "1 1 81 / / rw - ext4 /dev/sda1 rw", "1 1 8:1 / / rw - ext4", "\n"}) {
    EXPECT_EQ(ParseMountinfo(bad).code(), Code::kCorruption) << bad;
  }
  EXPECT_TRUE(ParseMountinfo("")->empty());
}

}  // namespace
}  // namespace narthex::exporters
