// The parsers of routes and of TCP sockets.
#include "exporters/node/network_route.h"

#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>

#include "exporters/node/netlink_messages.h"
#include "exporters/node/tcpstat.h"

namespace narthex::exporters {
namespace {

std::string RouteMessage(uint8_t type, uint8_t prefix, const std::string& attributes) {
  rtmsg message{};
  message.rtm_type = type;
  message.rtm_dst_len = prefix;
  message.rtm_protocol = RTPROT_KERNEL;
  return Message(RTM_NEWROUTE, Bytes(message) + attributes);
}

TEST(ParseRouteDump, LeavesOutWhatIsNoUnicast) {
  const std::string messages =
      RouteMessage(RTN_UNICAST, 24,
                   Attribute(RTA_DST, std::string("\x0a\0\0\0", 4)) +
                       Attribute(RTA_PREFSRC, "\x0a\x01\x02\x03") +
                       Attribute(RTA_OIF, Bytes(int32_t{2})) +
                       Attribute(RTA_PRIORITY, Bytes(uint32_t{100}))) +
      RouteMessage(RTN_BROADCAST, 32, "") +
      RouteMessage(RTN_UNICAST, 0, Attribute(RTA_GATEWAY, "\x0a\x01\x01\x01"));
  const auto routes = ParseRouteDump(messages);
  ASSERT_TRUE(routes.ok()) << routes.status().message();
  ASSERT_EQ(routes->size(), 2U);
  EXPECT_EQ((*routes)[0].destination, "10.0.0.0/24");
  EXPECT_EQ((*routes)[0].source, "10.1.2.3");
  EXPECT_EQ((*routes)[0].interface_index, 2);
  EXPECT_EQ((*routes)[0].priority, 100U);
  EXPECT_EQ((*routes)[0].protocol, "kernel");
  EXPECT_EQ((*routes)[1].destination, "default");
  EXPECT_EQ((*routes)[1].gateway, "10.1.1.1");
}

TEST(ParseRouteDump, MakesARouteOfEachHop) {
  rtnexthop hop{};
  const std::string gateway = Attribute(RTA_GATEWAY, "\x0a\x01\x01\x01");
  hop.rtnh_len = static_cast<uint16_t>(sizeof hop + gateway.size());
  hop.rtnh_hops = 4;
  hop.rtnh_ifindex = 7;
  const std::string hops = Bytes(hop) + gateway;
  const auto routes =
      ParseRouteDump(RouteMessage(RTN_UNICAST, 0, Attribute(RTA_MULTIPATH, hops + hops)));
  ASSERT_TRUE(routes.ok()) << routes.status().message();
  ASSERT_EQ(routes->size(), 2U);
  EXPECT_EQ((*routes)[1].interface_index, 7);
  EXPECT_EQ((*routes)[1].weight, "5");
  EXPECT_EQ((*routes)[1].gateway, "10.1.1.1");
  EXPECT_FALSE(
      ParseRouteDump(RouteMessage(RTN_UNICAST, 0, Attribute(RTA_MULTIPATH, hops.substr(0, 12))))
          .ok());
}

TEST(AddTcpSockets, CountsStatesAndAddsUpQueues) {
  inet_diag_msg socket{};
  socket.idiag_state = 10;
  socket.idiag_rqueue = 3;
  socket.idiag_wqueue = 4;
  const std::string message = Message(SOCK_DIAG_BY_FAMILY, Bytes(socket));
  TcpStates states;
  ASSERT_TRUE(AddTcpSockets(message + message, states).ok());
  EXPECT_EQ(states.counts[10], 2);
  EXPECT_EQ(states.receive_queue_bytes, 6);
  EXPECT_EQ(states.transmit_queue_bytes, 8);
  EXPECT_FALSE(AddTcpSockets(Message(SOCK_DIAG_BY_FAMILY, "short"), states).ok());
}

}  // namespace
}  // namespace narthex::exporters
