// Traffic and errors per network interface, by netlink or from /proc/net/dev.
#include "exporters/node/netdev.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "common/bytes/trim.h"
#include "exporters/kit/device_filter.h"
#include "exporters/kit/netlink.h"
#include "exporters/kit/text_buffer.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"
#include "exporters/node/link_counters.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kProcColumns[] = {
    "receive_bytes",  "receive_packets",  "receive_errs",       "receive_drop",
    "receive_fifo",   "receive_frame",    "receive_compressed", "receive_multicast",
    "transmit_bytes", "transmit_packets", "transmit_errs",      "transmit_drop",
    "transmit_fifo",  "transmit_colls",   "transmit_carrier",   "transmit_compressed"};

void FillDetailed(const rtnl_link_stats64& stats, LinkCounters& counters) {
  counters.reserve(std::size(kLinkCounters));
  for (const LinkCounter& counter : kLinkCounters) counters[counter.name] = stats.*counter.value;
}

// Added up as the kernel does for /proc/net/dev (dev_seq_printf_stats).
void FillLikeProc(const rtnl_link_stats64& s, LinkCounters& counters) {
  counters = {{"receive_packets", s.rx_packets},
              {"transmit_packets", s.tx_packets},
              {"receive_bytes", s.rx_bytes},
              {"transmit_bytes", s.tx_bytes},
              {"receive_errs", s.rx_errors},
              {"transmit_errs", s.tx_errors},
              {"receive_drop", s.rx_dropped + s.rx_missed_errors},
              {"transmit_drop", s.tx_dropped},
              {"receive_multicast", s.multicast},
              {"transmit_colls", s.collisions},
              {"receive_frame",
               s.rx_frame_errors + s.rx_length_errors + s.rx_over_errors + s.rx_crc_errors},
              {"receive_fifo", s.rx_fifo_errors},
              {"transmit_carrier", s.tx_carrier_errors + s.tx_aborted_errors +
                                       s.tx_heartbeat_errors + s.tx_window_errors},
              {"transmit_fifo", s.tx_fifo_errors},
              {"receive_compressed", s.rx_compressed},
              {"transmit_compressed", s.tx_compressed},
              {"receive_nohandler", s.rx_nohandler}};
}

Result<NetDevice> ParseLink(std::string_view payload, bool detailed) {
  NetDevice device;
  if (payload.size() < sizeof(ifinfomsg)) return Corruption("netlink: link message cut short");
  RETURN_IF_ERROR(ForEachNetlinkAttribute(
      payload.substr(sizeof(ifinfomsg)), [&](uint16_t type, std::string_view value) {
        if (type == IFLA_IFNAME) device.name = NetlinkText(value);
        if (type == IFLA_IFALIAS) device.alias = NetlinkText(value);
        if (type != IFLA_STATS64) return Status();
        const auto stats = NetlinkStruct<rtnl_link_stats64>(value);
        if (detailed) {
          FillDetailed(stats, device.counters);
        } else {
          FillLikeProc(stats, device.counters);
        }
        return Status();
      }));
  return device;
}

std::string_view Scope(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const uint32_t ip = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    const bool local = (ip >> 24) == 127 || (ip >> 16) == 0xa9fe || (ip >> 8) == 0xe00000;
    return local ? "link-local" : "global";
  }
  const in6_addr& ip = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (IN6_IS_ADDR_LOOPBACK(&ip) || IN6_IS_ADDR_LINKLOCAL(&ip) || IN6_IS_ADDR_MC_LINKLOCAL(&ip))
    return "link-local";
  return IN6_IS_ADDR_MC_NODELOCAL(&ip) ? "interface-local" : "global";
}

int PrefixBits(const sockaddr* mask) {
  int bits = 0;
  if (mask->sa_family == AF_INET)
    return std::popcount(reinterpret_cast<const sockaddr_in*>(mask)->sin_addr.s_addr);
  for (const uint8_t byte : reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr.s6_addr)
    bits += std::popcount(byte);
  return bits;
}

class NetdevCollector : public Collector {
 public:
  explicit NetdevCollector(const SystemPaths& paths) : proc_(paths.proc) {}

  void AddFlags(cli::Flags& flags) override {
    filter_.AddFlags(flags);
    flags.AddOldName("collector.netdev.device-whitelist", "collector.netdev.device-include");
    flags.AddOldName("collector.netdev.device-blacklist", "collector.netdev.device-exclude");
    flags.Add("collector.netdev.netlink", &by_netlink_, "Ask by netlink; else read /proc/net/dev.");
    flags.Add(
        "collector.netdev.enable-detailed-metrics", &detailed_,
        "Show every counter that netlink has, under names that differ from the default ones.");
    flags.Add("collector.netdev.address-info", &with_addresses_,
              "Show the addresses of each interface.");
    flags.Add("collector.netdev.label-ifalias", &with_alias_,
              "Add the label ifalias where an alias is set.");
  }
  Status Prepare() override { return filter_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<NetDevice> devices, Read());
    TextBuffer name;
    TextBuffer help;
    for (const NetDevice& device : devices) {
      if (!filter_.Takes(device.name)) continue;
      for (const auto& [counter, value] : device.counters) {
        Family& family = sink.CounterFamily(name.Join("node_network_", counter, "_total"),
                                            help.Join("Network interface counter ", counter, "."));
        const Label labels[] = {{"device", device.name}, {"ifalias", device.alias}};
        const bool alias = with_alias_ && !device.alias.empty();
        family.Sample("", labels, alias ? 2 : 1, static_cast<double>(value));
      }
    }
    return with_addresses_ ? CollectAddresses(sink) : Status();
  }

 private:
  Result<std::vector<NetDevice>> Read() const {
    if (!by_netlink_) {
      ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/dev"));
      return ParseNetDev(text);
    }
    ASSIGN_OR_RETURN(const std::string messages,
                     DumpNetlink(NETLINK_ROUTE, RTM_GETLINK, NetlinkBytes(ifinfomsg{})));
    return ParseLinkDump(messages, detailed_);
  }

  Status CollectAddresses(MetricSink& sink) const {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return ErrnoStatus("list addresses", errno);
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(first, ::freeifaddrs);
    for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
      const sockaddr* address = entry->ifa_addr;
      if (address == nullptr || entry->ifa_netmask == nullptr || !filter_.Takes(entry->ifa_name))
        continue;
      if (address->sa_family != AF_INET && address->sa_family != AF_INET6) continue;
      char text[INET6_ADDRSTRLEN] = {};
      const void* raw =
          address->sa_family == AF_INET
              ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
              : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
      ::inet_ntop(address->sa_family, raw, text, sizeof text);
      sink.Gauge("node_network_address_info",
                 "Constant 1, labelled with an address of the interface.", 1,
                 {{"device", entry->ifa_name},
                  {"address", text},
                  {"netmask", std::to_string(PrefixBits(entry->ifa_netmask))},
                  {"scope", Scope(address)}});
    }
    return {};
  }

  const Directory& proc_;
  bool by_netlink_ = true;
  bool detailed_ = false;
  bool with_addresses_ = false;
  bool with_alias_ = false;
  DeviceFilter filter_{"collector.netdev.device", "network interfaces"};
};

}  // namespace

Result<std::vector<NetDevice>> ParseNetDev(std::string_view text) {
  std::vector<NetDevice> devices;
  LineReader lines(text);
  lines.Next();
  lines.Next();
  while (const auto line = lines.Next()) {
    const size_t colon = line->rfind(':');  // an alias of an interface has one in its name
    if (colon == std::string_view::npos)
      return Corruption("net/dev: want a name and ':', got ", Quote(*line));
    NetDevice device;
    device.name = TrimBlanks(line->substr(0, colon));
    device.counters.reserve(std::size(kProcColumns));
    FieldReader fields(line->substr(colon + 1));
    for (std::string_view column : kProcColumns) {
      const auto value = fields.NextUnsigned();
      if (!value) return Corruption("net/dev: want 16 counters, got ", Quote(*line));
      device.counters[column] = *value;
    }
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<std::vector<NetDevice>> ParseLinkDump(std::string_view messages, bool detailed) {
  std::vector<NetDevice> devices;
  NetlinkReader reader(messages);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, reader.Next());
    if (!message) return devices;
    if (message->type != RTM_NEWLINK) continue;
    ASSIGN_OR_RETURN(NetDevice device, ParseLink(message->payload, detailed));
    devices.push_back(std::move(device));
  }
}

std::unique_ptr<Collector> NewNetdevCollector(const SystemPaths& paths) {
  return std::make_unique<NetdevCollector>(paths);
}

}  // namespace narthex::exporters
