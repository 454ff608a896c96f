#include <fmt/format.h>

#include "common/bytes/numbers.h"
#include "common/config/json.h"
#include "exporters/node/wifi.h"

namespace narthex::exporters {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kHertzPerMegahertz = 1e6;

std::string Text(const config::Node& object, const char* key) {
  const config::Node* node = object.Find(key);
  return node == nullptr ? "" : node->text;
}

double Number(const config::Node& object, const char* key) {
  return ParseDouble(Text(object, key)).value_or(0);
}

int SextetOf(char c) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// A hardware address is recorded in base64.
std::string HardwareAddress(const std::string& base64) {
  std::string text;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : base64) {
    const int sextet = SextetOf(c);
    if (sextet < 0) break;
    bits = bits << 6 | static_cast<unsigned>(sextet);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    text += fmt::format("{}{:02x}", text.empty() ? "" : ":", bits >> count & 0xff);
  }
  return text;
}

}  // namespace

Result<std::vector<WifiInterface>> ParseWifiInterfacesJson(std::string_view text) {
  ASSIGN_OR_RETURN(const config::Node list, config::ParseJson(text));
  std::vector<WifiInterface> interfaces;
  for (const config::Node& item : list.items)
    interfaces.push_back({0, Text(item, "name"), Number(item, "frequency") * kHertzPerMegahertz});
  return interfaces;
}

Result<WifiNetwork> ParseWifiNetworkJson(std::string_view text) {
  ASSIGN_OR_RETURN(const config::Node object, config::ParseJson(text));
  const double status = Number(object, "status");
  const char* mode = status == 0 || status == 1 ? "client" : status == 2 ? "ad-hoc" : "unknown";
  return WifiNetwork{Text(object, "ssid"), HardwareAddress(Text(object, "bssid")), mode};
}

Result<std::vector<WifiStation>> ParseWifiStationsJson(std::string_view text) {
  ASSIGN_OR_RETURN(const config::Node list, config::ParseJson(text));
  std::vector<WifiStation> stations;
  for (const config::Node& item : list.items) {
    WifiStation station;
    station.address = HardwareAddress(Text(item, "hardwareaddr"));
    station.connected_seconds = Number(item, "connected") / kNanosecondsPerSecond;
    station.inactive_seconds = Number(item, "inactive") / kNanosecondsPerSecond;
    station.receive_bits_per_second = Number(item, "receivebitrate");
    station.transmit_bits_per_second = Number(item, "transmitbitrate");
    station.received_bytes = Number(item, "receivedbytes");
    station.transmitted_bytes = Number(item, "transmittedbytes");
    station.received_packets = Number(item, "receivedpackets");
    station.transmitted_packets = Number(item, "transmittedpackets");
    station.signal_dbm = Number(item, "signal");
    station.transmit_retries = Number(item, "transmitretries");
    station.transmit_failed = Number(item, "transmitfailed");
    station.beacon_losses = Number(item, "beaconloss");
    stations.push_back(std::move(station));
  }
  return stations;
}

}  // namespace narthex::exporters
