#include "exporters/container/network_files.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

constexpr char kTitles[] = "Inter-|   Receive\n face |bytes\n";

TEST(ParseInterfaces, ReadsBothDirections) {
  const std::string text =
      std::string(kTitles) + "  eth0: 1664 18 1 2 0 0 0 0 2039 15 3 4 0 0 0 0\n";
  const auto interfaces = ParseInterfaces(text);
  ASSERT_TRUE(interfaces.ok());
  ASSERT_EQ(interfaces->size(), 1U);
  const InterfaceCounters& eth0 = interfaces->front();
  EXPECT_EQ(eth0.name, "eth0");
  EXPECT_EQ(eth0.received_bytes, 1664U);
  EXPECT_EQ(eth0.received_packets, 18U);
  EXPECT_EQ(eth0.receive_errors, 1U);
  EXPECT_EQ(eth0.receive_drops, 2U);
  EXPECT_EQ(eth0.sent_bytes, 2039U);
  EXPECT_EQ(eth0.sent_packets, 15U);
  EXPECT_EQ(eth0.send_errors, 3U);
  EXPECT_EQ(eth0.send_drops, 4U);
}

TEST(ParseInterfaces, RefusesALineThatIsCut) {
  const auto interfaces = ParseInterfaces(std::string(kTitles) + "eth0: 1 2 3\n");
  EXPECT_EQ(interfaces.code(), Code::kCorruption);
  EXPECT_TRUE(ParseInterfaces("").ok());
}

TEST(CountTcpStates, CountsSocketsByState) {
  const auto counts = CountTcpStates(
      "  sl  local_address rem_address   st\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n"
      "   1: 0100007F:1F90 0100007F:0001 01 00000000:00000000 00:00000000\n"
      "   2: 0100007F:1F90 0100007F:0002 01 00000000:00000000 00:00000000\n"
      "   3: 0100007F:1F90 0100007F:0002 FF 0\n");
  EXPECT_EQ(counts[1], 2U);
  EXPECT_EQ(counts[10], 1U);
}

TEST(ParseUdp, SumsQueuesAndDrops) {
  const UdpSockets sockets = ParseUdp(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode ref pointer drops\n"
      "  1: 00000000:0044 00000000:0000 07 00000010:00000200 00:00000000 00000000 0 0 21 2 0 5\n"
      "  2: 00000000:0045 00000000:0000 07 00000001:00000001 00:00000000 00000000 0 0 22 2 0 6\n");
  EXPECT_EQ(sockets.count, 2U);
  EXPECT_EQ(sockets.send_queue_bytes, 0x11U);
  EXPECT_EQ(sockets.receive_queue_bytes, 0x201U);
  EXPECT_EQ(sockets.dropped, 11U);
}

}  // namespace
}  // namespace narthex::exporters
