#include "exporters/node/qdisc.h"

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "common/config/json.h"
#include "exporters/kit/device_filter.h"
#include "exporters/kit/netlink.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

struct QdiscMetric {
  const char* name;
  Type type;
  const char* json;  // in a recorded answer
  double Qdisc::*value;
  const char* help;
};
constexpr QdiscMetric kMetrics[] = {
    {"node_qdisc_bytes_total", Type::kCounter, "Bytes", &Qdisc::bytes, "Bytes sent."},
    {"node_qdisc_packets_total", Type::kCounter, "Packets", &Qdisc::packets, "Packets sent."},
    {"node_qdisc_drops_total", Type::kCounter, "Drops", &Qdisc::drops, "Packets dropped."},
    {"node_qdisc_requeues_total", Type::kCounter, "Requeues", &Qdisc::requeues,
     "Packets put back into the queue."},
    {"node_qdisc_overlimits_total", Type::kCounter, "Overlimits", &Qdisc::overlimits,
     "Packets that came while the queue was over its limit."},
    {"node_qdisc_current_queue_length", Type::kGauge, "Qlen", &Qdisc::queue_length,
     "Packets in the queue."},
    {"node_qdisc_backlog", Type::kGauge, "Backlog", &Qdisc::backlog_bytes, "Bytes in the queue."},
};

class QdiscCollector : public Collector {
 public:
  void AddFlags(cli::Flags& flags) override {
    devices_.AddFlags(flags);
    flags.AddOldName("collector.qdisk.device-include", "collector.qdisc.device-include");
    flags.AddOldName("collector.qdisk.device-exclude", "collector.qdisc.device-exclude");
    flags.Add("collector.qdisc.fixtures", &recorded_,
              "Read results.json in this folder instead of asking the kernel.", "FOLDER");
  }
  Status Prepare() override { return devices_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(std::vector<Qdisc> qdiscs, Ask());
    for (Qdisc& qdisc : qdiscs) {
      char name[IF_NAMESIZE];
      if (qdisc.interface.empty() &&
          ::if_indextoname(static_cast<unsigned>(qdisc.interface_index), name) != nullptr)
        qdisc.interface = name;
      if (!qdisc.root || qdisc.interface.empty() || !devices_.Takes(qdisc.interface)) continue;
      for (const QdiscMetric& metric : kMetrics) {
        sink.AnyFamily(metric.name, metric.type, metric.help)
            .Sample({{"device", qdisc.interface}, {"kind", qdisc.kind}}, qdisc.*metric.value);
      }
    }
    return {};
  }

 private:
  Result<std::vector<Qdisc>> Ask() const {
    if (recorded_.empty()) {
      ASSIGN_OR_RETURN(const std::string messages,
                       DumpNetlink(NETLINK_ROUTE, RTM_GETQDISC, NetlinkBytes(tcmsg{})));
      return ParseQdiscDump(messages);
    }
    ASSIGN_OR_RETURN(const std::string text, ReadFile(recorded_ + "/results.json"));
    return ParseQdiscJson(text).Prefixed(recorded_ + "/results.json");
  }

  std::string recorded_;
  DeviceFilter devices_{"collector.qdisc.device", "network interfaces"};
};

// The attribute TCA_STATS2, which has attributes of its own.
Status TakeStatistics(std::string_view nested, Qdisc& qdisc) {
  NetlinkAttributes attributes(nested);
  for (;;) {
    ASSIGN_OR_RETURN(const auto attribute, attributes.Next());
    if (!attribute) return {};
    if (attribute->type == TCA_STATS_BASIC) {
      const auto basic = NetlinkStruct<gnet_stats_basic>(attribute->payload);
      qdisc.bytes = static_cast<double>(basic.bytes);
      qdisc.packets = basic.packets;
    } else if (attribute->type == TCA_STATS_QUEUE) {
      const auto queue = NetlinkStruct<gnet_stats_queue>(attribute->payload);
      qdisc.queue_length = queue.qlen;
      qdisc.backlog_bytes = queue.backlog;
      qdisc.drops = queue.drops;
      qdisc.requeues = queue.requeues;
      qdisc.overlimits = queue.overlimits;
    }
  }
}

Result<Qdisc> ParseQdisc(std::string_view payload) {
  if (payload.size() < sizeof(tcmsg)) return Corruption("netlink: qdisc message cut short");
  const auto message = NetlinkStruct<tcmsg>(payload);
  Qdisc qdisc;
  qdisc.interface_index = message.tcm_ifindex;
  qdisc.root = message.tcm_parent == TC_H_ROOT || message.tcm_parent == TC_H_UNSPEC;
  NetlinkAttributes attributes(payload.substr(sizeof(tcmsg)));
  for (;;) {
    ASSIGN_OR_RETURN(const auto attribute, attributes.Next());
    if (!attribute) return qdisc;
    const std::string_view value = attribute->payload;
    if (attribute->type == TCA_KIND) qdisc.kind = value.substr(0, value.find('\0'));
    if (attribute->type == TCA_STATS2) RETURN_IF_ERROR(TakeStatistics(value, qdisc));
  }
}

}  // namespace

Result<std::vector<Qdisc>> ParseQdiscDump(std::string_view messages) {
  std::vector<Qdisc> qdiscs;
  NetlinkReader reader(messages);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, reader.Next());
    if (!message) return qdiscs;
    if (message->type != RTM_NEWQDISC) continue;
    ASSIGN_OR_RETURN(Qdisc qdisc, ParseQdisc(message->payload));
    qdiscs.push_back(std::move(qdisc));
  }
}

Result<std::vector<Qdisc>> ParseQdiscJson(std::string_view text) {
  ASSIGN_OR_RETURN(const config::Node list, config::ParseJson(text));
  std::vector<Qdisc> qdiscs;
  for (const config::Node& item : list.items) {
    Qdisc qdisc;
    const auto number = [&](const char* key) {
      const config::Node* node = item.Find(key);
      return node == nullptr ? std::optional(0.0) : ParseDouble(node->text);
    };
    const config::Node* interface = item.Find("IfaceName");
    const config::Node* kind = item.Find("Kind");
    if (interface == nullptr || kind == nullptr)
      return config::ErrorAt(item.position, "want IfaceName and Kind");
    qdisc.interface = interface->text;
    qdisc.kind = kind->text;
    qdisc.root = number("Parent") == 0.0;
    for (const QdiscMetric& metric : kMetrics) {
      const auto value = number(metric.json);
      if (!value) return config::ErrorAt(item.position, std::string(metric.json) + ": no number");
      qdisc.*metric.value = *value;
    }
    qdiscs.push_back(std::move(qdisc));
  }
  return qdiscs;
}

std::unique_ptr<Collector> NewQdiscCollector(const SystemPaths&) {
  return std::make_unique<QdiscCollector>();
}

}  // namespace narthex::exporters
