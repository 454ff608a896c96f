#ifndef NARTHEX_EXPORTERS_NODE_WIFI_H_
#define NARTHEX_EXPORTERS_NODE_WIFI_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A wireless interface.
struct WifiInterface {
  uint32_t index = 0;
  std::string name;
  double frequency_hz = 0;
};

// The network that an interface is in.
struct WifiNetwork {
  std::string ssid;
  std::string bssid;  // "00:11:22:33:44:55"
  std::string mode;   // "client", "ad-hoc" or "unknown"
};

// Another side that an interface talks to: the access point, or its clients.
struct WifiStation {
  std::string address;
  double connected_seconds = 0;
  double inactive_seconds = 0;
  double receive_bits_per_second = 0;
  double transmit_bits_per_second = 0;
  double received_bytes = 0;
  double transmitted_bytes = 0;
  double received_packets = 0;
  double transmitted_packets = 0;
  double signal_dbm = 0;
  double transmit_retries = 0;
  double transmit_failed = 0;
  double beacon_losses = 0;
};

// From dumps of NL80211_CMD_GET_INTERFACE, _GET_SCAN and _GET_STATION, see linux/nl80211.h.
Result<std::vector<WifiInterface>> ParseWifiInterfaces(std::string_view messages);
Result<std::optional<WifiNetwork>> ParseWifiNetwork(std::string_view messages);
Result<std::vector<WifiStation>> ParseWifiStations(std::string_view messages);

// The same as recorded: interfaces.json, NAME/bss.json and NAME/stationinfo.json.
Result<std::vector<WifiInterface>> ParseWifiInterfacesJson(std::string_view text);
Result<WifiNetwork> ParseWifiNetworkJson(std::string_view text);
Result<std::vector<WifiStation>> ParseWifiStationsJson(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_WIFI_H_
