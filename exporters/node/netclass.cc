// What network interfaces are, from /sys/class/net or by netlink; see the kernel's
// Documentation/ABI/testing/sysfs-class-net.
#include <algorithm>
#include <array>
#include <map>
#include <mutex>

#include "common/regex/regex.h"
#include "exporters/kit/held_folder.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/link_counters.h"
#include "exporters/node/netclass_netlink.h"

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
  uint32_t LinkInterface::*field;  // of netlink, where it tells this
};
constexpr NetAttribute kAttributes[] = {
    {"addr_assign_type", "node_network_address_assign_type", Type::kGauge,
     "How the interface came by its address.", nullptr},
    {"carrier", "node_network_carrier", Type::kGauge, "1 while there is a carrier, else 0.",
     &LinkInterface::carrier},
    {"carrier_changes", "node_network_carrier_changes_total", Type::kCounter,
     "How often the carrier came or went.", &LinkInterface::carrier_changes},
    {"carrier_up_count", "node_network_carrier_up_changes_total", Type::kCounter,
     "How often the carrier came.", &LinkInterface::carrier_ups},
    {"carrier_down_count", "node_network_carrier_down_changes_total", Type::kCounter,
     "How often the carrier went.", &LinkInterface::carrier_downs},
    {"dev_id", "node_network_device_id", Type::kGauge,
     "Tells interfaces apart that share an address.", nullptr},
    {"dormant", "node_network_dormant", Type::kGauge,
     "1 while the interface waits for something outside, else 0.", &LinkInterface::link_mode},
    {"flags", "node_network_flags", Type::kGauge, "Flags of the interface, as bits.",
     &LinkInterface::flags},
    {"ifindex", "node_network_iface_id", Type::kGauge, "Number of the interface.",
     &LinkInterface::index},
    {"iflink", "node_network_iface_link", Type::kGauge, "Number of the interface below.",
     &LinkInterface::link},
    {"link_mode", "node_network_iface_link_mode", Type::kGauge,
     "How the interface reacts to its carrier.", &LinkInterface::link_mode},
    {"mtu", "node_network_mtu_bytes", Type::kGauge, "Largest packet that the interface sends.",
     &LinkInterface::mtu},
    {"name_assign_type", "node_network_name_assign_type", Type::kGauge,
     "How the interface came by its name.", nullptr},
    {"netdev_group", "node_network_net_dev_group", Type::kGauge, "Group of the interface.",
     &LinkInterface::group},
    {"tx_queue_len", "node_network_transmit_queue_length", Type::kGauge,
     "Packets that may wait to be sent.", &LinkInterface::transmit_queue_length},
    {"type", "node_network_protocol_type", Type::kGauge, "Protocol of the link, as ARPHRD_*.",
     &LinkInterface::protocol_type},
};

constexpr const char* kInfoHelp = "Constant 1, with what an interface tells in words.";

class NetclassCollector : public Collector {
 public:
  explicit NetclassCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.netclass.ignored-devices", &ignored_text_,
              "Leave out interfaces that this expression finds.", "REGEX");
    flags.Add("collector.netclass.ignore-invalid-speed", &only_valid_speed_,
              "Show no speed of an interface that tells none, which else is -125000.");
    flags.Add("collector.netclass.netlink", &by_netlink_,
              "Ask by netlink, which disturbs interfaces less; else read /sys/class/net.");
    flags.Add("collector.netclass_rtnl.with-stats", &with_stats_,
              "With --collector.netclass.netlink, show the counters of each interface too, in the "
              "place of the collector netdev.");
  }
  Status Prepare() override {
    ASSIGN_OR_RETURN(
        ignored_,
        Regex::Compile(ignored_text_).Prefixed("flag --collector.netclass.ignored-devices"));
    return {};
  }

  Status Collect(MetricSink& sink) override {
    return by_netlink_ ? CollectByNetlink(sink) : CollectFromSysfs(sink);
  }

 private:
  using AttributeFamilies = std::array<Family*, std::size(kAttributes)>;

  Status CollectFromSysfs(MetricSink& sink) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, sys_.List("class/net"));
    const AttributeFamilies families = MakeFamilies(sink);
    const std::lock_guard lock(mutex_);
    std::erase_if(held_, [&](const auto& held) {
      return !std::binary_search(names.begin(), names.end(), held.first) ||
             !held.second.IsCurrent();
    });
    for (const std::string& name : names) {
      if (ignored_.FindsIn(name)) continue;
      if (HeldFolder* folder = Hold(name)) {
        CollectInterface(
            name, [&](const char* file) { return folder->Read(file); }, families, sink);
        continue;
      }
      const OpenFolder folder(sys_.Path("class/net/" + name));
      // bonding_masters stands among the interfaces, and is a file.
      if (folder.exists())
        CollectInterface(
            name, [&](const char* file) { return folder.Read(file); }, families, sink);
    }
    return {};
  }

  // The folder of an interface, for as many as may be held.
  HeldFolder* Hold(const std::string& name) {
    constexpr size_t kMaxHeld = 12;  // with some twenty open files each
    const auto found = held_.find(name);
    if (found != held_.end()) return &found->second;
    if (held_.size() >= kMaxHeld) return nullptr;
    const auto [added, _] = held_.try_emplace(name, sys_.Path("class/net/" + name));
    if (added->second.IsCurrent()) return &added->second;
    held_.erase(added);
    return nullptr;
  }

  static AttributeFamilies MakeFamilies(MetricSink& sink) {
    AttributeFamilies families;
    for (size_t i = 0; i < families.size(); ++i) {
      const NetAttribute& attribute = kAttributes[i];
      families[i] = &sink.AnyFamily(attribute.name, attribute.type, attribute.help);
    }
    return families;
  }

  // `read` gives the text of a file of the interface's folder.
  template <typename Read>
  void CollectInterface(const std::string& name, const Read& read,
                        const AttributeFamilies& families, MetricSink& sink) const {
    std::optional<double> flags;
    for (size_t i = 0; i < families.size(); ++i) {
      const auto value = NumberOf(read(kAttributes[i].file));
      if (value) families[i]->Sample({{"device", name}}, *value);
      if (kAttributes[i].field == &LinkInterface::flags) flags = value;
    }
    if (const auto speed = NumberOf(read("speed"))) ShowSpeed(name, *speed, sink);
    CollectTexts(name, read, flags, sink);
  }

  void ShowSpeed(const std::string& name, double megabits, MetricSink& sink) const {
    if (megabits < 0 && only_valid_speed_) return;
    sink.Gauge("node_network_speed_bytes", "Speed of the interface in bytes a second.",
               megabits * kBytesPerMegabit, {{"device", name}});
  }

  template <typename Read>
  static void CollectTexts(const std::string& name, const Read& read,
                           const std::optional<double>& flags, MetricSink& sink) {
    const auto text = [&](const char* file) { return ValueOf(read(file)).value_or(""); };
    const std::string state = text("operstate");
    const bool up = flags && (static_cast<int64_t>(*flags) & kFlagUp) != 0;
    ShowUp(name, state == "up", sink);
    sink.Gauge("node_network_info", kInfoHelp, 1,
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

  static void ShowUp(const std::string& name, bool is_up, MetricSink& sink) {
    sink.Gauge("node_network_up", "1 while the interface is up and usable, else 0.", is_up ? 1 : 0,
               {{"device", name}});
  }

  Status CollectByNetlink(MetricSink& sink) {
    ASSIGN_OR_RETURN(const std::vector<LinkInterface> interfaces, AskLinkInterfaces());
    ASSIGN_OR_RETURN(const std::vector<LinkSpeed> speeds, AskLinkSpeeds());
    const AttributeFamilies families = MakeFamilies(sink);
    for (const LinkInterface& interface : interfaces) {
      if (ignored_.FindsIn(interface.name)) continue;
      const auto speed = std::find_if(speeds.begin(), speeds.end(), [&](const LinkSpeed& one) {
        return one.index == interface.index;
      });
      ShowInterface(interface, speed == speeds.end() ? nullptr : &*speed, families, sink);
      if (with_stats_ && interface.stats) ShowStats(interface, sink);
    }
    return {};
  }

  void ShowInterface(const LinkInterface& interface, const LinkSpeed* speed,
                     const AttributeFamilies& families, MetricSink& sink) const {
    // What netlink does not tell is in files that no lock of the network stack guards.
    const OpenFolder folder(sys_.Path("class/net/" + interface.name));
    for (size_t i = 0; i < families.size(); ++i) {
      const NetAttribute& attribute = kAttributes[i];
      const std::optional<double> value = attribute.field == nullptr
                                              ? FindNumber(folder, attribute.file)
                                              : static_cast<double>(interface.*attribute.field);
      if (value) families[i]->Sample({{"device", interface.name}}, *value);
    }
    if (speed != nullptr)
      ShowSpeed(interface.name, speed->megabits ? *speed->megabits : -1.0, sink);
    const std::string_view state = OperationalState(interface.state);
    ShowUp(interface.name, state == "up", sink);
    sink.Gauge("node_network_info", kInfoHelp, 1,
               {{"device", interface.name},
                {"address", interface.address},
                {"broadcast", interface.broadcast},
                {"duplex", speed == nullptr ? "" : std::string_view(speed->duplex)},
                {"ifalias", interface.alias},
                {"operstate", state}});
    for (const std::string& other : interface.other_names) {
      sink.Gauge("node_network_altnames_info", "Constant 1, with another name of an interface.", 1,
                 {{"altname", other}, {"device", interface.name}});
    }
  }

  // Gauges, as the original has them.
  static void ShowStats(const LinkInterface& interface, MetricSink& sink) {
    for (const LinkCounter& counter : kLinkCounters) {
      sink.Gauge("node_network_" + std::string(counter.name) + "_total",
                 "Counter " + std::string(counter.name) + " of the interface.",
                 static_cast<double>((*interface.stats).*counter.value),
                 {{"device", interface.name}});
    }
  }

  const Directory& sys_;
  bool by_netlink_ = false;
  bool with_stats_ = false;
  std::string ignored_text_ = "^$";
  bool only_valid_speed_ = false;
  Regex ignored_;
  std::mutex mutex_;
  std::map<std::string, HeldFolder, std::less<>> held_;  // by interface; guarded by mutex_
};

}  // namespace

std::unique_ptr<Collector> NewNetclassCollector(const SystemPaths& paths) {
  return std::make_unique<NetclassCollector>(paths.sys);
}

}  // namespace narthex::exporters
