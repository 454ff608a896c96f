#include "exporters/node/netdev.h"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstring>

#include "exporters/node/netlink_messages.h"

namespace narthex::exporters {
namespace {

std::string Link(const std::string& name, const rtnl_link_stats64& stats,
                 const std::string& alias = "") {
  std::string payload = Bytes(ifinfomsg{}) + Attribute(IFLA_IFNAME, name + '\0') +
                        Attribute(IFLA_STATS64, Bytes(stats));
  if (!alias.empty()) payload += Attribute(IFLA_IFALIAS, alias + '\0');
  return Message(RTM_NEWLINK, payload);
}

const std::string kDone = Message(NLMSG_DONE, Bytes(int32_t{0}));

constexpr std::string_view kHeader =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n";

TEST(ParseNetDev, ReadsSixteenCountersAnInterface) {
  const auto devices = ParseNetDev(std::string(kHeader) +
                                   "vethUPN0LQ: 648 8 1 2 3 4 5 6 438 5 7 9 10 11 12 13\n"
                                   "    lo:435303245 1832522    0    0    0     0          0       "
                                   "  0 435303245 1832522 0 0 0 0 0 0\n");
  ASSERT_TRUE(devices.ok());
  ASSERT_EQ(devices->size(), 2U);
  const auto& veth = devices->front();
  EXPECT_EQ(veth.name, "vethUPN0LQ");
  EXPECT_EQ(veth.counters.size(), 16U);
  EXPECT_EQ(veth.counters.at("receive_bytes"), 648U);
  EXPECT_EQ(veth.counters.at("receive_frame"), 4U);
  EXPECT_EQ(veth.counters.at("receive_multicast"), 6U);
  EXPECT_EQ(veth.counters.at("transmit_bytes"), 438U);
  EXPECT_EQ(veth.counters.at("transmit_compressed"), 13U);
  EXPECT_EQ(devices->back().name, "lo");
  EXPECT_EQ(devices->back().counters.at("receive_bytes"), 435303245U);
}

TEST(ParseNetDev, TakesAliasesWithAColonInTheirName) {
  const auto devices =
      ParseNetDev(std::string(kHeader) + "eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  ASSERT_TRUE(devices.ok());
  EXPECT_EQ(devices->front().name, "eth0:1");
}

TEST(ParseNetDev, RefusesLinesWithoutANameOrAllCounters) {
  for (const char* bad :
       {"lo 1 2 3\n", "lo: 1 2 3\n", "lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 x\n"}) {
    EXPECT_EQ(ParseNetDev(std::string(kHeader) + bad).code(), Code::kCorruption) << bad;
  }
}

TEST(ParseLinkDump, AddsCountersUpAsProcNetDevDoes) {
  rtnl_link_stats64 stats{};
  stats.rx_bytes = 1;
  stats.rx_dropped = 10;
  stats.rx_missed_errors = 100;
  stats.rx_length_errors = 2;
  stats.rx_over_errors = 3;
  stats.rx_crc_errors = 4;
  stats.rx_frame_errors = 5;
  stats.tx_carrier_errors = 6;
  stats.tx_aborted_errors = 7;
  stats.tx_window_errors = 8;
  stats.tx_heartbeat_errors = 9;
  stats.rx_nohandler = 11;
  const auto devices = ParseLinkDump(Link("eth0", stats, "uplink") + kDone, false);
  ASSERT_TRUE(devices.ok());
  ASSERT_EQ(devices->size(), 1U);
  const NetDevice& device = devices->front();
  EXPECT_EQ(device.name, "eth0");
  EXPECT_EQ(device.alias, "uplink");
  EXPECT_EQ(device.counters.at("receive_bytes"), 1U);
  EXPECT_EQ(device.counters.at("receive_drop"), 110U);
  EXPECT_EQ(device.counters.at("receive_frame"), 14U);
  EXPECT_EQ(device.counters.at("transmit_carrier"), 30U);
  EXPECT_EQ(device.counters.at("receive_nohandler"), 11U);
}

TEST(ParseLinkDump, KeepsCountersApartWhereAskedTo) {
  rtnl_link_stats64 stats{};
  stats.rx_dropped = 10;
  stats.rx_missed_errors = 100;
  const auto devices = ParseLinkDump(Link("eth0", stats), true);
  ASSERT_TRUE(devices.ok());
  EXPECT_EQ(devices->front().counters.at("receive_dropped"), 10U);
  EXPECT_EQ(devices->front().counters.at("receive_missed_errors"), 100U);
  EXPECT_EQ(devices->front().counters.count("receive_drop"), 0U);
}

// Linux before 4.6 has no rx_nohandler; newer ones than ours send more than we know.
TEST(ParseLinkDump, TakesStatisticsShorterAndLongerThanItKnows) {
  rtnl_link_stats64 stats{};
  stats.rx_packets = 5;
  for (const size_t size : {size_t{184}, size_t{256}}) {
    std::string bytes = Bytes(stats);
    bytes.resize(size);
    const auto devices =
        ParseLinkDump(Message(RTM_NEWLINK, Bytes(ifinfomsg{}) + Attribute(IFLA_IFNAME, "a") +
                                               Attribute(IFLA_STATS64, bytes)),
                      false);
    ASSERT_TRUE(devices.ok());
    EXPECT_EQ(devices->front().counters.at("receive_packets"), 5U);
    EXPECT_EQ(devices->front().counters.at("receive_nohandler"), 0U);
  }
}

TEST(ParseLinkDump, YieldsWholeLinksOrAnErrorWhereverTheDumpIsCut) {
  const std::string one = Link("eth0", {});
  const std::string dump = one + Link("eth1", {}) + kDone;
  for (size_t cut = 0; cut < dump.size(); ++cut) {
    const auto devices = ParseLinkDump(dump.substr(0, cut), false);
    if (!devices.ok()) continue;
    EXPECT_EQ(devices->size(), (cut >= one.size()) + (cut >= 2 * one.size())) << cut;
  }
}

TEST(ParseLinkDump, RefusesSizesThatDoNotFit) {
  std::string message = Link("eth0", {});
  message[0] = 4;  // less than a header
  message[1] = 0;
  EXPECT_EQ(ParseLinkDump(message, false).code(), Code::kCorruption);
  std::string attribute = Attribute(IFLA_IFNAME, "eth0");
  attribute[0] = 2;
  EXPECT_EQ(ParseLinkDump(Message(RTM_NEWLINK, Bytes(ifinfomsg{}) + attribute), false).code(),
            Code::kCorruption);
  EXPECT_EQ(ParseLinkDump(Message(RTM_NEWLINK, "x"), false).code(), Code::kCorruption);
}

// A reader that looked at the first message only would wait for ever on kernels since 6.9.
TEST(EndsNetlinkDump, FindsTheMarkAloneAndBehindLinks) {
  EXPECT_FALSE(*EndsNetlinkDump(Link("eth0", {})));
  EXPECT_TRUE(*EndsNetlinkDump(kDone));
  EXPECT_TRUE(*EndsNetlinkDump(Link("eth0", {}) + Link("eth1", {}) + kDone));
  EXPECT_TRUE(*EndsNetlinkDump(""));
}

TEST(EndsNetlinkDump, GivesTheKernelsRefusalAndRefusesCutDatagrams) {
  EXPECT_EQ(EndsNetlinkDump(Message(NLMSG_ERROR, Bytes(int32_t{-EPERM}))).message(),
            "netlink dump: Operation not permitted");
  EXPECT_EQ(EndsNetlinkDump(Link("eth0", {}).substr(0, 40)).code(), Code::kCorruption);
}

}  // namespace
}  // namespace narthex::exporters
