#include "exporters/node/arp.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "exporters/kit/device_filter.h"
#include "exporters/kit/netlink.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class ArpCollector : public Collector {
 public:
  explicit ArpCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override {
    devices_.AddFlags(flags);
    flags.Add("collector.arp.netlink", &by_netlink_, "Ask by netlink; else read /proc/net/arp.");
  }
  Status Prepare() override { return devices_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const auto entries, by_netlink_ ? AskKernel() : ReadTable());
    Family& family =
        sink.GaugeFamily("node_arp_entries", "Entries of the ARP table that a device has.");
    for (const auto& [device, count] : entries) {
      if (devices_.Takes(device)) family.Sample({{"device", device}}, count);
    }
    return {};
  }

 private:
  using Entries = std::map<std::string, double>;

  Result<Entries> ReadTable() const {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/arp"));
    return ParseArp(text);
  }

  static Result<Entries> AskKernel() {
    ndmsg request{};
    request.ndm_family = AF_INET;
    ASSIGN_OR_RETURN(const std::string messages,
                     DumpNetlink(NETLINK_ROUTE, RTM_GETNEIGH, NetlinkBytes(request)));
    ASSIGN_OR_RETURN(const auto counts, ParseNeighbours(messages));
    Entries entries;
    for (const auto& [index, count] : counts) {
      char name[IF_NAMESIZE];
      if (::if_indextoname(static_cast<unsigned>(index), name) != nullptr) entries[name] = count;
    }
    return entries;
  }

  const Directory& proc_;
  bool by_netlink_ = true;
  DeviceFilter devices_{"collector.arp.device", "network interfaces"};
};

}  // namespace

Result<std::map<std::string, double>> ParseArp(std::string_view text) {
  constexpr size_t kBefore = 5;
  std::map<std::string, double> entries;
  LineReader lines(text);
  lines.Next();  // titles
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    for (size_t i = 0; i < kBefore; ++i) fields.Next();
    const auto device = fields.Next();
    if (!device) return Corruption("arp: want six fields, got ", Quote(*line));
    ++entries[std::string(*device)];
  }
  return entries;
}

Result<std::map<int, double>> ParseNeighbours(std::string_view messages) {
  std::map<int, double> entries;
  NetlinkReader reader(messages);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, reader.Next());
    if (!message) return entries;
    if (message->type != RTM_NEWNEIGH) continue;
    if (message->payload.size() < sizeof(ndmsg))
      return Corruption("netlink: neighbour message cut short");
    const auto neighbour = NetlinkStruct<ndmsg>(message->payload);
    if ((neighbour.ndm_state & NUD_NOARP) == 0) ++entries[neighbour.ndm_ifindex];
  }
}

std::unique_ptr<Collector> NewArpCollector(const SystemPaths& paths) {
  return std::make_unique<ArpCollector>(paths.proc);
}

}  // namespace narthex::exporters
