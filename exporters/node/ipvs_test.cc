#include "exporters/node/ipvs.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(ParseIpvsStats, ReadsHexadecimalNumbers) {
  const auto stats = ParseIpvsStats(
      "   Total Incoming Outgoing         Incoming         Outgoing\n"
      "   Conns  Packets  Packets            Bytes            Bytes\n"
      " 16AA370 E33656E5        0     51D8C8883AB3                1\n\n");
  ASSERT_TRUE(stats.ok()) << stats.status().message();
  EXPECT_EQ(stats->connections, 23765872);
  EXPECT_EQ(stats->incoming_packets, 3811989221);
  EXPECT_EQ(stats->outgoing_bytes, 1);
  for (const char* bad : {"", "a\nb\n1 2 3 4\n", "a\nb\n1 2 3 4 x\n"})
    EXPECT_FALSE(ParseIpvsStats(bad).ok()) << bad;
}

TEST(ParseIpvs, ReadsBackendsOfAddressesAndMarks) {
  const auto backends = ParseIpvs(
      "IP Virtual Server version 1.2.1 (size=4096)\n"
      "Prot LocalAddress:Port Scheduler Flags\n"
      "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n"
      "TCP  C0A80016:0CEA wlc\n"
      "  -> C0A85216:0CEA      Tunnel  100    248        2\n"
      "UDP  [2620:0000:0000:0000:0000:0000:0000:0001]:0035 sh\n"
      "  -> [2620:0000:0000:0000:0000:0000:0000:0004]:0035 Route 1 2 3\n"
      "FWM  10001000 wlc\n"
      "  -> C0A83120:0CEA      Tunnel  100    321        5\n");
  ASSERT_TRUE(backends.ok()) << backends.status().message();
  ASSERT_EQ(backends->size(), 3U);
  EXPECT_EQ((*backends)[0].local_address, "192.168.0.22");
  EXPECT_EQ((*backends)[0].remote_address, "192.168.82.22");
  EXPECT_EQ((*backends)[0].remote_port, "3306");
  EXPECT_EQ((*backends)[0].active_connections, 248);
  EXPECT_EQ((*backends)[1].remote_address, "2620::4");
  EXPECT_EQ((*backends)[1].local_port, "53");
  EXPECT_EQ((*backends)[2].local_mark, "10001000");
  EXPECT_EQ((*backends)[2].local_port, "0");
  EXPECT_EQ((*backends)[2].local_address, "");
}

TEST(ParseIpvs, RefusesBrokenLines) {
  for (const char* bad :
       {"TCP C0A80016 wlc\n", "TCP C0A800:0CEA wlc\n", "TCP [x]:0CEA wlc\n",
        "FWM 1\n -> C0A83120:0CEA Tunnel 1 2\n", "FWM 1\n -> C0A83120:10CEA Tunnel 1 2 3\n"})
    EXPECT_EQ(ParseIpvs(bad).code(), Code::kCorruption) << bad;
}

}  // namespace
}  // namespace narthex::exporters
