#include <linux/nl80211.h>

#include "exporters/kit/generic_netlink.h"
#include "exporters/node/wifi.h"

namespace narthex::exporters {
namespace {

constexpr double kHertzPerMegahertz = 1e6;
constexpr double kMillisecondsPerSecond = 1000;
constexpr double kBitsPerRateUnit = 100'000;

double Number32(std::string_view bytes) { return NetlinkStruct<uint32_t>(bytes); }

// The rate of one direction, which has attributes of its own.
Status TakeRate(std::string_view nested, double& bits_per_second) {
  return ForEachNetlinkAttribute(nested, [&](uint16_t type, std::string_view value) {
    if (type == NL80211_RATE_INFO_BITRATE32) bits_per_second = Number32(value) * kBitsPerRateUnit;
    if (type == NL80211_RATE_INFO_BITRATE && bits_per_second == 0)
      bits_per_second = NetlinkStruct<uint16_t>(value) * kBitsPerRateUnit;
    return Status();
  });
}

Status TakeStationField(uint16_t type, std::string_view value, WifiStation& station) {
  switch (type) {
    case NL80211_STA_INFO_CONNECTED_TIME:
      station.connected_seconds = Number32(value);
      break;
    case NL80211_STA_INFO_INACTIVE_TIME:
      station.inactive_seconds = Number32(value) / kMillisecondsPerSecond;
      break;
    case NL80211_STA_INFO_RX_BITRATE:
      return TakeRate(value, station.receive_bits_per_second);
    case NL80211_STA_INFO_TX_BITRATE:
      return TakeRate(value, station.transmit_bits_per_second);
    case NL80211_STA_INFO_RX_BYTES64:
      station.received_bytes = static_cast<double>(NetlinkStruct<uint64_t>(value));
      break;
    case NL80211_STA_INFO_TX_BYTES64:
      station.transmitted_bytes = static_cast<double>(NetlinkStruct<uint64_t>(value));
      break;
    case NL80211_STA_INFO_RX_PACKETS:
      station.received_packets = Number32(value);
      break;
    case NL80211_STA_INFO_TX_PACKETS:
      station.transmitted_packets = Number32(value);
      break;
    case NL80211_STA_INFO_SIGNAL:
      station.signal_dbm = NetlinkStruct<int8_t>(value);
      break;
    case NL80211_STA_INFO_TX_RETRIES:
      station.transmit_retries = Number32(value);
      break;
    case NL80211_STA_INFO_TX_FAILED:
      station.transmit_failed = Number32(value);
      break;
    case NL80211_STA_INFO_BEACON_LOSS:
      station.beacon_losses = Number32(value);
      break;
    default:
      break;
  }
  return {};
}

// The name of a network among the elements that its access point sends: each is a kind, a length
// and as many bytes.
std::string FindSsid(std::string_view elements) {
  while (elements.size() >= 2) {
    const auto kind = static_cast<unsigned char>(elements[0]);
    const auto length = static_cast<unsigned char>(elements[1]);
    if (elements.size() < 2U + length) break;
    if (kind == 0) return std::string(elements.substr(2, length));
    elements.remove_prefix(2U + length);
  }
  return "";
}

Result<WifiInterface> ParseInterface(std::string_view attributes) {
  WifiInterface interface;
  RETURN_IF_ERROR(ForEachNetlinkAttribute(attributes, [&](uint16_t type, std::string_view value) {
    if (type == NL80211_ATTR_IFINDEX) interface.index = NetlinkStruct<uint32_t>(value);
    if (type == NL80211_ATTR_IFNAME) interface.name = NetlinkText(value);
    if (type == NL80211_ATTR_WIPHY_FREQ)
      interface.frequency_hz = Number32(value) * kHertzPerMegahertz;
    return Status();
  }));
  return interface;
}

// A network that was heard; its mode is empty unless the interface is in it.
Status TakeNetworkField(uint16_t type, std::string_view value, WifiNetwork& network) {
  if (type == NL80211_BSS_BSSID) network.bssid = HardwareAddress(value);
  if (type == NL80211_BSS_INFORMATION_ELEMENTS) network.ssid = FindSsid(value);
  if (type == NL80211_BSS_STATUS) {
    const bool joined = NetlinkStruct<uint32_t>(value) == NL80211_BSS_STATUS_IBSS_JOINED;
    network.mode = joined ? "ad-hoc" : "client";
  }
  return {};
}

Result<WifiNetwork> ParseNetwork(std::string_view attributes) {
  WifiNetwork network;
  RETURN_IF_ERROR(ForEachNetlinkAttribute(attributes, [&](uint16_t type, std::string_view value) {
    if (type != NL80211_ATTR_BSS) return Status();
    return ForEachNetlinkAttribute(value, [&](uint16_t field, std::string_view content) {
      return TakeNetworkField(field, content, network);
    });
  }));
  return network;
}

Result<WifiStation> ParseStation(std::string_view attributes) {
  WifiStation station;
  RETURN_IF_ERROR(ForEachNetlinkAttribute(attributes, [&](uint16_t type, std::string_view value) {
    if (type == NL80211_ATTR_MAC) station.address = HardwareAddress(value);
    if (type != NL80211_ATTR_STA_INFO) return Status();
    return ForEachNetlinkAttribute(value, [&](uint16_t field, std::string_view content) {
      return TakeStationField(field, content, station);
    });
  }));
  return station;
}

}  // namespace

Result<std::vector<WifiInterface>> ParseWifiInterfaces(std::string_view messages) {
  return ParseGenericMessages(messages, ParseInterface);
}

Result<std::optional<WifiNetwork>> ParseWifiNetwork(std::string_view messages) {
  ASSIGN_OR_RETURN(auto networks, ParseGenericMessages(messages, ParseNetwork));
  for (WifiNetwork& network : networks)
    if (!network.mode.empty()) return std::optional(std::move(network));
  return std::optional<WifiNetwork>();
}

Result<std::vector<WifiStation>> ParseWifiStations(std::string_view messages) {
  return ParseGenericMessages(messages, ParseStation);
}

}  // namespace narthex::exporters
