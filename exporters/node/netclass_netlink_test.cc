#include "exporters/node/netclass_netlink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ethtool_netlink.h>
#include <linux/rtnetlink.h>

#include "exporters/node/netlink_messages.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;

TEST(ParseLinkInterfaces, TakesWhatTheKernelTells) {
  ifinfomsg header{};
  header.ifi_index = 3;
  header.ifi_flags = 0x1003;
  header.ifi_type = 1;
  rtnl_link_stats64 stats{};
  stats.rx_nohandler = 9;
  const std::string message = Message(
      RTM_NEWLINK,
      Bytes(header) + Attribute(IFLA_IFNAME, std::string("eth0\0", 5)) +
          Attribute(IFLA_MTU, Bytes(uint32_t{1500})) + Attribute(IFLA_OPERSTATE, "\x06") +
          Attribute(IFLA_ADDRESS, std::string("\x02\x42\0\0\0\x01", 6)) +
          Attribute(IFLA_PROP_LIST | NLA_F_NESTED,
                    Attribute(IFLA_ALT_IFNAME, "wan") + Attribute(IFLA_ALT_IFNAME, "enp3s0")) +
          Attribute(IFLA_STATS64, Bytes(stats)));
  const auto interfaces = ParseLinkInterfaces(message + Message(NLMSG_DONE, ""));
  ASSERT_TRUE(interfaces.ok()) << interfaces.message();
  ASSERT_EQ(interfaces->size(), 1U);
  const LinkInterface& eth0 = interfaces->front();
  EXPECT_EQ(eth0.name, "eth0");
  EXPECT_EQ(eth0.index, 3U);
  EXPECT_EQ(eth0.flags, 0x1003U);
  EXPECT_EQ(eth0.mtu, 1500U);
  EXPECT_EQ(eth0.address, "02:42:00:00:00:01");
  EXPECT_EQ(OperationalState(eth0.state), "up");
  EXPECT_THAT(eth0.other_names, ElementsAre("wan", "enp3s0"));
  EXPECT_EQ(eth0.stats->rx_nohandler, 9U);
  EXPECT_EQ(OperationalState(200), "unknown");
  EXPECT_FALSE(ParseLinkInterfaces(message.substr(0, 90)).ok());
}

TEST(ParseLinkSpeeds, KnowsWhatIsUnknown) {
  const auto link = [](uint32_t index, uint32_t speed, const std::string& duplex) {
    return GenericMessage(Attribute(ETHTOOL_A_LINKMODES_HEADER | NLA_F_NESTED,
                                    Attribute(ETHTOOL_A_HEADER_DEV_INDEX, Bytes(index))) +
                          Attribute(ETHTOOL_A_LINKMODES_SPEED, Bytes(speed)) +
                          Attribute(ETHTOOL_A_LINKMODES_DUPLEX, duplex));
  };
  const auto speeds = ParseLinkSpeeds(link(2, 10'000, "\x01") + link(3, UINT32_MAX, "\xff"));
  ASSERT_TRUE(speeds.ok());
  ASSERT_EQ(speeds->size(), 2U);
  EXPECT_EQ(speeds->front().index, 2U);
  EXPECT_EQ(speeds->front().megabits, 10'000U);
  EXPECT_EQ(speeds->front().duplex, "Full");
  EXPECT_EQ(speeds->back().megabits, std::nullopt);
  EXPECT_EQ(speeds->back().duplex, "Unknown");
}

}  // namespace
}  // namespace narthex::exporters
