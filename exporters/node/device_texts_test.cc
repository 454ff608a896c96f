// The parsers of names of PCI devices, of sizes written for people and of queueing disciplines.
#include <gtest/gtest.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "exporters/node/human_size.h"
#include "exporters/node/netlink_messages.h"
#include "exporters/node/pci_ids.h"
#include "exporters/node/qdisc.h"

namespace narthex::exporters {
namespace {

TEST(PciIds, FindTheMostExactName) {
  const PciIds ids = PciIds::Parse(
      "# comment\n"
      "c0a9  Micron\n\t540a  P2  NVMe\n\t\tc0a9 5021  PS5021\n"
      "C 01  Mass storage\n\t08  Non-Volatile\n\t\t02  NVM Express\n");
  EXPECT_EQ(ids.Vendor("c0a9"), "Micron");
  EXPECT_EQ(ids.Vendor("8086"), "8086");
  EXPECT_EQ(ids.Device("c0a9", "540a"), "P2  NVMe");
  EXPECT_EQ(ids.Subsystem("c0a9", "540a", "c0a9", "5021"), "PS5021");
  EXPECT_EQ(ids.Subsystem("c0a9", "540a", "c0a9", "9999"), "9999");
  EXPECT_EQ(ids.Class("010802"), "NVM Express");
  EXPECT_EQ(ids.Class("010899"), "Non-Volatile");
  EXPECT_EQ(ids.Class("019999"), "Mass storage");
  EXPECT_EQ(ids.Class("029999"), "Unknown class (029999)");
}

TEST(ParseBcacheSize, TakesTenthsOf1024) {
  EXPECT_EQ(ParseBcacheSize("512"), 512);
  EXPECT_EQ(ParseBcacheSize("1.1M"), 1150976);
  EXPECT_EQ(ParseBcacheSize("-427.5k"), -437748);
  for (const char* bad : {"", "k", "1.k", "x", "1.1.1k", "1e3"})
    EXPECT_EQ(ParseBcacheSize(bad), std::nullopt) << bad;
}

TEST(ParseBcachefsSize, RoundsDownToWholeBytes) {
  EXPECT_EQ(ParseBcachefsSize("720"), 720);
  EXPECT_EQ(ParseBcachefsSize("28.2k"), 28876);
  EXPECT_EQ(ParseBcachefsSize("44.5T"), 48928267436032);
  for (const char* bad : {"", "G", "-1k", "NaN", "1.1.1k"})
    EXPECT_EQ(ParseBcachefsSize(bad), std::nullopt) << bad;
}

std::string QdiscMessage(uint32_t parent) {
  gnet_stats_basic basic{};
  basic.bytes = 4242;
  basic.packets = 42;
  gnet_stats_queue queue{};
  queue.drops = 3;
  tcmsg message{};
  message.tcm_ifindex = 7;
  message.tcm_parent = parent;
  return Message(RTM_NEWQDISC,
                 Bytes(message) + Attribute(TCA_KIND, std::string("fq\0", 3)) +
                     Attribute(TCA_STATS2, Attribute(TCA_STATS_BASIC, Bytes(basic)) +
                                               Attribute(TCA_STATS_QUEUE, Bytes(queue))));
}

TEST(ParseQdiscDump, TellsRootsFromTheirParts) {
  const std::string messages = QdiscMessage(TC_H_ROOT) + QdiscMessage(0x10001);
  const auto qdiscs = ParseQdiscDump(messages);
  ASSERT_TRUE(qdiscs.ok()) << qdiscs.status().message();
  ASSERT_EQ(qdiscs->size(), 2U);
  EXPECT_EQ((*qdiscs)[0].kind, "fq");
  EXPECT_EQ((*qdiscs)[0].interface_index, 7);
  EXPECT_TRUE((*qdiscs)[0].root);
  EXPECT_FALSE((*qdiscs)[1].root);
  EXPECT_EQ((*qdiscs)[0].bytes, 4242);
  EXPECT_EQ((*qdiscs)[0].drops, 3);
  for (size_t cut = 17; cut < messages.size() / 2; ++cut)
    EXPECT_FALSE(ParseQdiscDump(std::string_view(messages).substr(0, cut)).ok()) << cut;
}

TEST(ParseQdiscJson, ReadsARecordedAnswer) {
  const auto qdiscs = ParseQdiscJson(R"([{"IfaceName": "eth0", "Kind": "fq", "Bytes": 83}])");
  ASSERT_TRUE(qdiscs.ok()) << qdiscs.status().message();
  EXPECT_EQ(qdiscs->front().interface, "eth0");
  EXPECT_EQ(qdiscs->front().bytes, 83);
  EXPECT_FALSE(ParseQdiscJson(R"([{"IfaceName": "eth0"}])").ok());
  EXPECT_FALSE(ParseQdiscJson(R"([{"IfaceName": "eth0", "Kind": "fq", "Bytes": "x"}])").ok());
  EXPECT_FALSE(ParseQdiscJson("[").ok());
}

}  // namespace
}  // namespace narthex::exporters
