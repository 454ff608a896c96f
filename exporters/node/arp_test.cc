#include "exporters/node/arp.h"

#include <gtest/gtest.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "exporters/node/netlink_messages.h"

namespace narthex::exporters {
namespace {

TEST(ParseArp, CountsEntriesByDevice) {
  const auto entries = ParseArp(
      "IP address HW type Flags HW address Mask Device\n"
      "192.168.1.1    0x1         0x2         cc:aa:dd:ee:aa:bb     *        eth0\n"
      "192.168.1.2    0x1         0x2         bb:cc:dd:ee:ff:aa     *        eth0\n"
      "192.168.1.4    0x1         0x2         dd:ee:ff:aa:bb:cc     *        eth1\n");
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(*entries, (std::map<std::string, double>{{"eth0", 2}, {"eth1", 1}}));
  EXPECT_FALSE(ParseArp("title\n192.168.1.1 0x1 0x2\n").ok());
}

std::string Neighbour(int interface, uint16_t state) {
  ndmsg message{};
  message.ndm_ifindex = interface;
  message.ndm_state = state;
  return Message(RTM_NEWNEIGH, Bytes(message));
}

TEST(ParseNeighbours, LeavesOutEntriesThatNeedNoArp) {
  const std::string messages =
      Neighbour(2, NUD_REACHABLE) + Neighbour(2, NUD_STALE) + Neighbour(1, NUD_NOARP);
  const auto entries = ParseNeighbours(messages);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(*entries, (std::map<int, double>{{2, 2}}));
  EXPECT_FALSE(ParseNeighbours(std::string_view(messages).substr(0, 20)).ok());
}

}  // namespace
}  // namespace narthex::exporters
