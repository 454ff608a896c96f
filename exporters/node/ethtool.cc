// What drivers of network interfaces tell: their counters, and what the link can do. See
// ethtool(8).
#include "exporters/node/ethtool.h"

#include <linux/ethtool.h>

#include <map>

#include "common/regex/regex.h"
#include "exporters/kit/device_filter.h"
#include "exporters/kit/field_filter.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kBytesPerMegabit = 125'000;

// Counters of all drivers, whose metrics end in _total.
constexpr std::pair<std::string_view, std::string_view> kCommon[] = {
    {"rx_bytes", "received_bytes_total"},       {"rx_dropped", "received_dropped_total"},
    {"rx_errors", "received_errors_total"},     {"rx_packets", "received_packets_total"},
    {"tx_bytes", "transmitted_bytes_total"},    {"tx_errors", "transmitted_errors_total"},
    {"tx_packets", "transmitted_packets_total"}};

constexpr std::pair<int, const char*> kPorts[] = {
    {ETHTOOL_LINK_MODE_TP_BIT, "TP"},   {ETHTOOL_LINK_MODE_AUI_BIT, "AUI"},
    {ETHTOOL_LINK_MODE_MII_BIT, "MII"}, {ETHTOOL_LINK_MODE_FIBRE_BIT, "FIBRE"},
    {ETHTOOL_LINK_MODE_BNC_BIT, "BNC"}, {ETHTOOL_LINK_MODE_Backplane_BIT, "Backplane"}};

bool Has(uint32_t modes, int bit) { return (modes >> bit & 1) != 0; }

class EthtoolCollector : public Collector {
 public:
  explicit EthtoolCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    devices_.AddFlags(flags);
    counters_.AddFlags(flags);
  }
  Status Prepare() override {
    RETURN_IF_ERROR(devices_.Prepare());
    return counters_.Prepare();
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> interfaces, sys_.List("class/net"));
    const Ethtool ethtool;
    for (const std::string& interface : interfaces) {
      if (!devices_.Takes(interface)) continue;
      Keep(ethtool.Link(interface), sink,
           [&](const EthtoolLink& link) { ShowLink(interface, link, sink); });
      Keep(ethtool.Driver(interface), sink,
           [&](const EthtoolDriver& driver) { ShowDriver(interface, driver, sink); });
      Keep(ethtool.Counters(interface), sink,
           [&](const EthtoolCounters& counters) { ShowCounters(interface, counters, sink); });
    }
    return {};
  }

 private:
  // An interface that fails, as one that has just gone, costs only itself.
  template <typename T, typename Show>
  static void Keep(const Result<T>& answer, MetricSink& sink, const Show& show) {
    if (answer.ok()) {
      show(*answer);
    } else if (answer.code() != Code::kNoData) {
      sink.Complain(answer.status());
    }
  }

  static void ShowLink(const std::string& interface, const EthtoolLink& link, MetricSink& sink) {
    for (const auto& [bit, port] : kPorts) {
      if (!Has(link.supported, bit)) continue;
      sink.Gauge("node_network_supported_port_info", "Constant 1 for each kind of port.", 1,
                 {{"device", interface}, {"type", port}});
    }
    ShowModes(interface, link.supported, "supported", sink);
    ShowModes(interface, link.advertised, "advertised", sink);
    sink.Gauge("node_network_autonegotiate", "1 while the link negotiates by itself, else 0.",
               link.autonegotiate ? 1 : 0, {{"device", interface}});
  }

  static void ShowModes(const std::string& interface, uint32_t modes, const std::string& how,
                        MetricSink& sink) {
    for (const LinkMode& mode : LinkModes()) {
      if (!Has(modes, mode.bit)) continue;
      sink.Gauge("node_network_" + how + "_speed_bytes", "Speeds that the link has " + how + ".",
                 mode.megabits * kBytesPerMegabit,
                 {{"device", interface}, {"duplex", mode.duplex}, {"mode", mode.mode}});
    }
    const auto flag = [&](const char* what, int bit) {
      sink.Gauge("node_network_" + std::string(what) + "_" + how,
                 "1 where the link has " + how + " this, else 0.", Has(modes, bit) ? 1 : 0,
                 {{"device", interface}});
    };
    flag("autonegotiate", ETHTOOL_LINK_MODE_Autoneg_BIT);
    flag("pause", ETHTOOL_LINK_MODE_Pause_BIT);
    flag("asymmetricpause", ETHTOOL_LINK_MODE_Asym_Pause_BIT);
  }

  static void ShowDriver(const std::string& interface, const EthtoolDriver& driver,
                         MetricSink& sink) {
    sink.Gauge("node_ethtool_info", "Constant 1, with the driver of each interface.", 1,
               {{"bus_info", driver.bus},
                {"device", interface},
                {"driver", driver.driver},
                {"expansion_rom_version", driver.expansion_rom},
                {"firmware_version", driver.firmware},
                {"version", driver.version}});
  }

  // Counters whose metrics would have one name are not shown: nobody could tell them apart.
  void ShowCounters(const std::string& interface, const EthtoolCounters& counters,
                    MetricSink& sink) {
    std::map<std::string, std::pair<uint64_t, bool>>
        by_name;  // value, and whether it is the only one
    for (const auto& [counter, value] : counters) {
      if (!counters_.Takes(EthtoolCounterName(counter))) continue;
      const auto [at, added] = by_name.try_emplace(EthtoolMetricName(counter), value, true);
      if (!added) at->second.second = false;
    }
    for (const auto& [name, value] : by_name) {
      if (!value.second) continue;
      sink.AnyFamily(name, openmetrics::Type::kUnknown, "Counter of the interface's driver.")
          .Sample({{"device", interface}}, static_cast<double>(value.first));
    }
  }

  const Directory& sys_;
  DeviceFilter devices_{"collector.ethtool.device", "network interfaces"};
  FieldFilter counters_{"collector.ethtool.metrics-include", ".*"};
};

// Replaces `word` where it stands alone between underscores. As in the original, one underscore
// is not shared by two neighbours: of "tx_tx_errors" the first is replaced only.
void ReplaceWord(std::string& text, std::string_view word, std::string_view by) {
  size_t free = 0;  // where the text begins that no word has used
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool alone =
        (at == 0 || (at > free && text[at - 1] == '_')) && (end == text.size() || text[end] == '_');
    if (!alone) continue;
    text.replace(at, word.size(), by);
    free = at + by.size() + 1;
  }
}

}  // namespace

std::string EthtoolCounterName(std::string_view counter) {
  std::string name(counter);
  for (char& c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fits) c = '_';
  }
  return name;
}

std::string EthtoolMetricName(std::string_view counter) {
  std::string name = EthtoolCounterName(counter);
  for (const auto& [common, metric] : kCommon)
    if (name == common) return "node_ethtool_" + std::string(metric);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  name.erase(0, std::min(name.find_first_not_of('_'), name.size()));
  ReplaceWord(name, "rx", "received");
  ReplaceWord(name, "tx", "transmitted");
  return "node_ethtool_" + name;
}

const std::vector<LinkMode>& LinkModes() {
  static const std::vector<LinkMode> kModes = {
      {ETHTOOL_LINK_MODE_10baseT_Half_BIT, 10, "half", "10baseT"},
      {ETHTOOL_LINK_MODE_10baseT_Full_BIT, 10, "full", "10baseT"},
      {ETHTOOL_LINK_MODE_100baseT_Half_BIT, 100, "half", "100baseT"},
      {ETHTOOL_LINK_MODE_100baseT_Full_BIT, 100, "full", "100baseT"},
      {ETHTOOL_LINK_MODE_1000baseT_Half_BIT, 1000, "half", "1000baseT"},
      {ETHTOOL_LINK_MODE_1000baseT_Full_BIT, 1000, "full", "1000baseT"},
      {ETHTOOL_LINK_MODE_10000baseT_Full_BIT, 10000, "full", "10000baseT"},
      {ETHTOOL_LINK_MODE_1000baseKX_Full_BIT, 1000, "full", "1000baseKX"},
      {ETHTOOL_LINK_MODE_10000baseKX4_Full_BIT, 10000, "full", "10000baseKX4"},
      {ETHTOOL_LINK_MODE_10000baseKR_Full_BIT, 10000, "full", "10000baseKR"},
      {ETHTOOL_LINK_MODE_10000baseR_FEC_BIT, 10000, "full", "10000baseR_FEC"},
      {ETHTOOL_LINK_MODE_20000baseMLD2_Full_BIT, 20000, "full", "20000baseMLD2"},
      {ETHTOOL_LINK_MODE_20000baseKR2_Full_BIT, 20000, "full", "20000baseKR2"},
      {ETHTOOL_LINK_MODE_40000baseKR4_Full_BIT, 40000, "full", "40000baseKR4"},
      {ETHTOOL_LINK_MODE_40000baseCR4_Full_BIT, 40000, "full", "40000baseCR4"},
      {ETHTOOL_LINK_MODE_40000baseSR4_Full_BIT, 40000, "full", "40000baseSR4"},
      {ETHTOOL_LINK_MODE_40000baseLR4_Full_BIT, 40000, "full", "40000baseLR4"},
      {ETHTOOL_LINK_MODE_56000baseKR4_Full_BIT, 56000, "full", "56000baseKR4"},
      {ETHTOOL_LINK_MODE_56000baseCR4_Full_BIT, 56000, "full", "56000baseCR4"},
      {ETHTOOL_LINK_MODE_56000baseSR4_Full_BIT, 56000, "full", "56000baseSR4"},
      {ETHTOOL_LINK_MODE_56000baseLR4_Full_BIT, 56000, "full", "56000baseLR4"},
      {ETHTOOL_LINK_MODE_25000baseCR_Full_BIT, 25000, "full", "25000baseCR"},
  };
  return kModes;
}

std::unique_ptr<Collector> NewEthtoolCollector(const SystemPaths& paths) {
  return std::make_unique<EthtoolCollector>(paths.sys);
}

}  // namespace narthex::exporters
