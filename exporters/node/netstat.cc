#include "exporters/kit/netstat.h"

#include <map>

#include "exporters/kit/field_filter.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class NetstatCollector : public Collector {
 public:
  explicit NetstatCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override { fields_.AddFlags(flags); }
  Status Prepare() override { return fields_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    std::map<std::string, double> kept;  // what is told twice counts once, as the later has it
    for (const char* file : {"net/netstat", "net/snmp"}) {
      ASSIGN_OR_RETURN(const std::string text, proc_.Read(file));
      ASSIGN_OR_RETURN(const auto fields, ParseNetstat(text).Prefixed(file));
      Keep(fields, kept);
    }
    const auto text = proc_.Read("net/snmp6");
    if (text.ok()) {
      ASSIGN_OR_RETURN(const auto fields, ParseSnmp6(*text));
      Keep(fields, kept);
    } else if (text.code() != Code::kNotFound) {  // absent where IPv6 is off
      return text.status();
    }
    for (const auto& [key, value] : kept) {
      const std::string name = "node_netstat_" + key;
      if (!IsLegacyMetricName(name)) return Corruption("netstat: no field's name: ", Quote(key));
      sink.AnyFamily(name, openmetrics::Type::kUnknown,
                     "Field " + key + " of the kernel's counters.")
          .Sample({}, value);
    }
    return {};
  }

 private:
  void Keep(const std::vector<NetstatField>& fields, std::map<std::string, double>& kept) {
    std::string key;
    for (const NetstatField& field : fields) {
      key.assign(field.protocol).append("_").append(field.name);
      if (fields_.Takes(key)) kept[key] = field.value;
    }
  }

  const Directory& proc_;
  FieldFilter fields_{
      "collector.netstat.fields",
      "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|"
      "TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|"
      "Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|"
      "Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$"};
};

}  // namespace

std::unique_ptr<Collector> NewNetstatCollector(const SystemPaths& paths) {
  return std::make_unique<NetstatCollector>(paths.proc);
}

}  // namespace narthex::exporters
