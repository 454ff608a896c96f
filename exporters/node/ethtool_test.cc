#include "exporters/node/ethtool.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(EthtoolMetricName, SpellsDirectionsOut) {
  EXPECT_EQ(EthtoolMetricName("rx_bytes"), "node_ethtool_received_bytes_total");
  EXPECT_EQ(EthtoolMetricName("rx_queue_0_packets"), "node_ethtool_received_queue_0_packets");
  EXPECT_EQ(EthtoolMetricName("port.tx_size_64"), "node_ethtool_port_transmitted_size_64");
  EXPECT_EQ(EthtoolMetricName("  Align Errors"), "node_ethtool_align_errors");
  EXPECT_EQ(EthtoolMetricName("tx"), "node_ethtool_transmitted");
  EXPECT_EQ(EthtoolMetricName("tx_tx_timeouts"), "node_ethtool_transmitted_tx_timeouts");
  EXPECT_EQ(EthtoolMetricName("prx_txq"), "node_ethtool_prx_txq");
}

TEST(LinkModes, StayWithinTheBitsOfTheRequest) {
  for (const LinkMode& mode : LinkModes()) EXPECT_LT(mode.bit, 32) << mode.mode;
}

}  // namespace
}  // namespace narthex::exporters
