#include "exporters/node/wifi.h"

#include <gtest/gtest.h>
#include <linux/nl80211.h>

#include "exporters/kit/generic_netlink.h"
#include "exporters/node/netlink_messages.h"

namespace narthex::exporters {
namespace {

std::string Number(uint16_t type, uint32_t value) { return Attribute(type, Bytes(value)); }

TEST(ParseGenericFamily, FindsTheFamilyAmongOthers) {
  const auto family = [](uint16_t id, const std::string& name) {
    return GenericMessage(Attribute(CTRL_ATTR_FAMILY_ID, Bytes(id)) +
                          Attribute(CTRL_ATTR_FAMILY_NAME, name + '\0'));
  };
  EXPECT_EQ(*ParseGenericFamily(family(21, "taskstats") + family(31, "nl80211"), "nl80211"), 31);
  EXPECT_EQ(*ParseGenericFamily(family(21, "taskstats"), "nl80211"), std::nullopt);
  EXPECT_FALSE(ParseGenericFamily(family(31, "nl80211").substr(0, 30), "nl80211").ok());
}

TEST(ParseWifiInterfaces, ReadsNameAndFrequency) {
  const auto interfaces = ParseWifiInterfaces(GenericMessage(
      Number(NL80211_ATTR_IFINDEX, 3) + Attribute(NL80211_ATTR_IFNAME, std::string("wlan0\0", 6)) +
      Number(NL80211_ATTR_WIPHY_FREQ, 2412)));
  ASSERT_TRUE(interfaces.ok()) << interfaces.status().message();
  ASSERT_EQ(interfaces->size(), 1U);
  EXPECT_EQ(interfaces->front().index, 3U);
  EXPECT_EQ(interfaces->front().name, "wlan0");
  EXPECT_EQ(interfaces->front().frequency_hz, 2.412e9);
}

std::string Heard(const std::string& bssid, const std::string& more) {
  return GenericMessage(Attribute(NL80211_ATTR_BSS, Attribute(NL80211_BSS_BSSID, bssid) +
                                                        Attribute(NL80211_BSS_INFORMATION_ELEMENTS,
                                                                  std::string("\x01\x02zz\0\x07"
                                                                              "Example",
                                                                              13)) +
                                                        more));
}

TEST(ParseWifiNetwork, TakesTheOneThatTheInterfaceIsIn) {
  const std::string other = Heard("\x01\x02\x03\x04\x05\x06", "");
  const std::string ours =
      Heard("\x11\x22\x33\x44\x55\x66", Number(NL80211_BSS_STATUS, NL80211_BSS_STATUS_ASSOCIATED));
  const auto network = ParseWifiNetwork(other + ours);
  ASSERT_TRUE(network.ok() && network->has_value());
  EXPECT_EQ((*network)->bssid, "11:22:33:44:55:66");
  EXPECT_EQ((*network)->ssid, "Example");
  EXPECT_EQ((*network)->mode, "client");
  EXPECT_FALSE(ParseWifiNetwork(other)->has_value());
}

TEST(ParseWifiStations, GivesBaseUnits) {
  const auto stations = ParseWifiStations(GenericMessage(
      Attribute(NL80211_ATTR_MAC, "\xaa\xbb\xcc\xdd\xee\xff") +
      Attribute(
          NL80211_ATTR_STA_INFO,
          Number(NL80211_STA_INFO_CONNECTED_TIME, 30) +
              Number(NL80211_STA_INFO_INACTIVE_TIME, 400) +
              Attribute(NL80211_STA_INFO_SIGNAL, "\xcc") +
              Attribute(NL80211_STA_INFO_RX_BYTES64, Bytes(uint64_t{1} << 40)) +
              Attribute(NL80211_STA_INFO_TX_BITRATE, Number(NL80211_RATE_INFO_BITRATE32, 1640)))));
  ASSERT_TRUE(stations.ok()) << stations.status().message();
  ASSERT_EQ(stations->size(), 1U);
  const WifiStation& station = stations->front();
  EXPECT_EQ(station.address, "aa:bb:cc:dd:ee:ff");
  EXPECT_EQ(station.connected_seconds, 30);
  EXPECT_EQ(station.inactive_seconds, 0.4);
  EXPECT_EQ(station.signal_dbm, -52);
  EXPECT_EQ(station.received_bytes, 1099511627776);
  EXPECT_EQ(station.transmit_bits_per_second, 164e6);
}

TEST(ParseWifiStationsJson, ReadsAddressesInBase64) {
  const auto stations =
      ParseWifiStationsJson(R"([{"hardwareaddr": "qrvM3e7/", "connected": 30000000000}])");
  ASSERT_TRUE(stations.ok());
  EXPECT_EQ(stations->front().address, "aa:bb:cc:dd:ee:ff");
  EXPECT_EQ(stations->front().connected_seconds, 30);
}

}  // namespace
}  // namespace narthex::exporters
