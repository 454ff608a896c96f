// Wireless interfaces, by the family nl80211 of generic netlink.
#include "exporters/node/wifi.h"

#include <linux/nl80211.h>

#include "exporters/kit/generic_netlink.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

struct StationMetric {
  const char* name;
  Type type;
  double WifiStation::*value;
  const char* help;
};
constexpr StationMetric kStationMetrics[] = {
    {"node_wifi_station_connected_seconds_total", Type::kCounter, &WifiStation::connected_seconds,
     "Time that a station has been connected."},
    {"node_wifi_station_inactive_seconds", Type::kGauge, &WifiStation::inactive_seconds,
     "Time since a station last did anything."},
    {"node_wifi_station_receive_bits_per_second", Type::kGauge,
     &WifiStation::receive_bits_per_second, "Rate at which a station is heard."},
    {"node_wifi_station_transmit_bits_per_second", Type::kGauge,
     &WifiStation::transmit_bits_per_second, "Rate at which a station is sent to."},
    {"node_wifi_station_receive_bytes_total", Type::kCounter, &WifiStation::received_bytes,
     "Bytes received from a station."},
    {"node_wifi_station_transmit_bytes_total", Type::kCounter, &WifiStation::transmitted_bytes,
     "Bytes sent to a station."},
    {"node_wifi_station_received_packets_total", Type::kCounter, &WifiStation::received_packets,
     "Packets received from a station."},
    {"node_wifi_station_transmitted_packets_total", Type::kCounter,
     &WifiStation::transmitted_packets, "Packets sent to a station."},
    {"node_wifi_station_signal_dbm", Type::kGauge, &WifiStation::signal_dbm,
     "Strength of a station's signal in dBm."},
    {"node_wifi_station_transmit_retries_total", Type::kCounter, &WifiStation::transmit_retries,
     "Packets to a station that were sent again."},
    {"node_wifi_station_transmit_failed_total", Type::kCounter, &WifiStation::transmit_failed,
     "Packets to a station that could not be sent."},
    {"node_wifi_station_beacon_loss_total", Type::kCounter, &WifiStation::beacon_losses,
     "Times that a station's beacon was lost."},
};

class WifiCollector : public Collector {
 public:
  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.wifi.fixtures", &recorded_,
              "Read recorded answers in this folder instead of asking the kernel.", "FOLDER");
  }

  Status Collect(MetricSink& sink) override {
    if (!recorded_.empty()) return CollectRecorded(sink);
    ASSIGN_OR_RETURN(const auto family, FindGenericFamily(NL80211_GENL_NAME));
    if (!family) return NoData("the kernel has no wireless interfaces");
    ASSIGN_OR_RETURN(const std::string answer, Ask(*family, NL80211_CMD_GET_INTERFACE, 0));
    ASSIGN_OR_RETURN(const std::vector<WifiInterface> interfaces, ParseWifiInterfaces(answer));
    for (const WifiInterface& one : interfaces) {
      if (one.name.empty()) continue;
      ShowInterface(one, sink);
      ASSIGN_OR_RETURN(const std::string scan, Ask(*family, NL80211_CMD_GET_SCAN, one.index));
      ASSIGN_OR_RETURN(const auto network, ParseWifiNetwork(scan));
      if (network) ShowNetwork(one.name, *network, sink);
      ASSIGN_OR_RETURN(const std::string heard, Ask(*family, NL80211_CMD_GET_STATION, one.index));
      ASSIGN_OR_RETURN(const std::vector<WifiStation> stations, ParseWifiStations(heard));
      ShowStations(one.name, stations, sink);
    }
    return {};
  }

 private:
  // Of one interface, or of all where `index` is 0.
  static Result<std::string> Ask(uint16_t family, uint8_t command, uint32_t index) {
    struct {
      nlattr header;
      uint32_t index;
    } attribute{{sizeof attribute, NL80211_ATTR_IFINDEX}, index};
    return DumpGenericNetlink(family, command,
                              index == 0 ? std::string_view() : NetlinkBytes(attribute));
  }

  // A file that is not there stands for an interface that has nothing to tell.
  Status CollectRecorded(MetricSink& sink) const {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(recorded_ + "/interfaces.json"));
    ASSIGN_OR_RETURN(const std::vector<WifiInterface> interfaces, ParseWifiInterfacesJson(text));
    for (const WifiInterface& one : interfaces) {
      if (one.name.empty()) continue;
      ShowInterface(one, sink);
      const std::string folder = recorded_ + "/" + one.name;
      const auto bss = ReadFile(folder + "/bss.json");
      if (bss.ok()) {
        ASSIGN_OR_RETURN(const WifiNetwork network, ParseWifiNetworkJson(*bss));
        ShowNetwork(one.name, network, sink);
      }
      const auto heard = ReadFile(folder + "/stationinfo.json");
      if (heard.ok()) {
        ASSIGN_OR_RETURN(const std::vector<WifiStation> stations, ParseWifiStationsJson(*heard));
        ShowStations(one.name, stations, sink);
      }
    }
    return {};
  }

  static void ShowInterface(const WifiInterface& one, MetricSink& sink) {
    sink.Gauge("node_wifi_interface_frequency_hertz", "Frequency that an interface is tuned to.",
               one.frequency_hz, {{"device", one.name}});
  }

  static void ShowNetwork(const std::string& device, const WifiNetwork& network, MetricSink& sink) {
    sink.Gauge("node_wifi_station_info", "Constant 1, with the network that an interface is in.", 1,
               {{"device", device},
                {"bssid", network.bssid},
                {"ssid", network.ssid},
                {"mode", network.mode}});
  }

  static void ShowStations(const std::string& device, const std::vector<WifiStation>& stations,
                           MetricSink& sink) {
    for (const StationMetric& metric : kStationMetrics) {
      for (const WifiStation& station : stations) {
        sink.AnyFamily(metric.name, metric.type, metric.help)
            .Sample({{"device", device}, {"mac_address", station.address}}, station.*metric.value);
      }
    }
  }

  std::string recorded_;
};

}  // namespace

std::unique_ptr<Collector> NewWifiCollector(const SystemPaths&) {
  return std::make_unique<WifiCollector>();
}

}  // namespace narthex::exporters
