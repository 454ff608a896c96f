// What network interfaces are, from /sys/class/net; see the kernel's
// Documentation/ABI/testing/sysfs-class-net.
#include <array>

#include "common/regex/regex.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

constexpr double kBytesPerMegabit = 125'000;
constexpr int64_t kFlagUp = 1;

struct NetAttribute {
  const char* file;
  const char* name;
  Type type;
  const char* help;
};
constexpr NetAttribute kAttributes[] = {
    {"addr_assign_type", "node_network_address_assign_type", Type::kGauge,
     "How the interface came by its address."},
    {"carrier", "node_network_carrier", Type::kGauge, "1 while there is a carrier, else 0."},
    {"carrier_changes", "node_network_carrier_changes_total", Type::kCounter,
     "How often the carrier came or went."},
    {"carrier_up_count", "node_network_carrier_up_changes_total", Type::kCounter,
     "How often the carrier came."},
    {"carrier_down_count", "node_network_carrier_down_changes_total", Type::kCounter,
     "How often the carrier went."},
    {"dev_id", "node_network_device_id", Type::kGauge,
     "Tells interfaces apart that share an address."},
    {"dormant", "node_network_dormant", Type::kGauge,
     "1 while the interface waits for something outside, else 0."},
    {"flags", "node_network_flags", Type::kGauge, "Flags of the interface, as bits."},
    {"ifindex", "node_network_iface_id", Type::kGauge, "Number of the interface."},
    {"iflink", "node_network_iface_link", Type::kGauge, "Number of the interface below."},
    {"link_mode", "node_network_iface_link_mode", Type::kGauge,
     "How the interface reacts to its carrier."},
    {"mtu", "node_network_mtu_bytes", Type::kGauge, "Largest packet that the interface sends."},
    {"name_assign_type", "node_network_name_assign_type", Type::kGauge,
     "How the interface came by its name."},
    {"netdev_group", "node_network_net_dev_group", Type::kGauge, "Group of the interface."},
    {"tx_queue_len", "node_network_transmit_queue_length", Type::kGauge,
     "Packets that may wait to be sent."},
    {"type", "node_network_protocol_type", Type::kGauge, "Protocol of the link, as ARPHRD_*."},
};

class NetclassCollector : public Collector {
 public:
  explicit NetclassCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.netclass.ignored-devices", &ignored_text_,
              "Leave out interfaces that this expression finds.", "REGEX");
    flags.Add("collector.netclass.ignore-invalid-speed", &only_valid_speed_,
              "Show no speed of an interface that tells none, which else is -125000.");
  }
  Status Prepare() override {
    ASSIGN_OR_RETURN(
        ignored_,
        Regex::Compile(ignored_text_).Prefixed("flag --collector.netclass.ignored-devices"));
    return {};
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, sys_.List("class/net"));
    AttributeFamilies families;
    for (size_t i = 0; i < families.size(); ++i) {
      const NetAttribute& attribute = kAttributes[i];
      families[i] = &sink.AnyFamily(attribute.name, attribute.type, attribute.help);
    }
    for (const std::string& name : names) {
      if (ignored_.FindsIn(name)) continue;
      const OpenFolder folder(sys_.Path("class/net/" + name));
      // bonding_masters stands among the interfaces, and is a file.
      if (folder.exists()) CollectInterface(name, folder, families, sink);
    }
    return {};
  }

 private:
  using AttributeFamilies = std::array<Family*, std::size(kAttributes)>;

  void CollectInterface(const std::string& name, const OpenFolder& folder,
                        const AttributeFamilies& families, MetricSink& sink) const {
    for (size_t i = 0; i < families.size(); ++i) {
      if (const auto value = FindNumber(folder, kAttributes[i].file))
        families[i]->Sample({{"device", name}}, *value);
    }
    const auto speed = FindNumber(folder, "speed");
    if (speed && (*speed >= 0 || !only_valid_speed_)) {
      sink.Gauge("node_network_speed_bytes", "Speed of the interface in bytes a second.",
                 *speed * kBytesPerMegabit, {{"device", name}});
    }
    CollectTexts(name, folder, sink);
  }

  static void CollectTexts(const std::string& name, const OpenFolder& folder, MetricSink& sink) {
    const auto text = [&](const char* file) { return FindValue(folder, file).value_or(""); };
    const std::string state = text("operstate");
    const auto flags = FindNumber(folder, "flags");
    const bool up = flags && (static_cast<int64_t>(*flags) & kFlagUp) != 0;
    sink.Gauge("node_network_up", "1 while the interface is up and usable, else 0.",
               state == "up" ? 1 : 0, {{"device", name}});
    sink.Gauge("node_network_info", "Constant 1, with what an interface tells in words.", 1,
               {{"device", name},
                {"address", text("address")},
                {"adminstate", !flags ? "unknown"
                               : up   ? "up"
                                      : "down"},
                {"broadcast", text("broadcast")},
                {"duplex", text("duplex")},
                {"ifalias", text("ifalias")},
                {"operstate", state}});
  }

  const Directory& sys_;
  std::string ignored_text_ = "^$";
  bool only_valid_speed_ = false;
  Regex ignored_;
};

}  // namespace

std::unique_ptr<Collector> NewNetclassCollector(const SystemPaths& paths) {
  return std::make_unique<NetclassCollector>(paths.sys);
}

}  // namespace narthex::exporters
