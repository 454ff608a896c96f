#include "exporters/kit/netstat.h"

#include "exporters/kit/field_filter.h"
#include "exporters/kit/text_buffer.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class NetstatCollector : public Collector {
 public:
  explicit NetstatCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override { fields_.AddFlags(flags); }
  Status Prepare() override { return fields_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    // What is told twice counts once, as the later file has it: so that comes first.
    const auto text = proc_.Read("net/snmp6");
    if (text.ok()) {
      ASSIGN_OR_RETURN(const auto fields, ParseSnmp6(*text));
      RETURN_IF_ERROR(Show(fields, sink));
    } else if (text.code() != Code::kNotFound) {  // absent where IPv6 is off
      return text.status();
    }
    for (const char* file : {"net/snmp", "net/netstat"}) {
      ASSIGN_OR_RETURN(const std::string body, proc_.Read(file));
      ASSIGN_OR_RETURN(const auto fields, ParseNetstat(body).Prefixed(file));
      RETURN_IF_ERROR(Show(fields, sink));
    }
    return {};
  }

 private:
  Status Show(const std::vector<NetstatField>& fields, MetricSink& sink) {
    TextBuffer key;
    TextBuffer name;
    TextBuffer help;
    for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
      const std::string_view part = key.Join(field->protocol, "_", field->name);
      if (!fields_.Takes(part)) continue;
      const std::string_view family_name = name.Join("node_netstat_", part);
      if (!IsLegacyMetricName(family_name))
        return Corruption("netstat: no field's name: ", Quote(part));
      Family& family = sink.AnyFamily(family_name, openmetrics::Type::kUnknown,
                                      help.Join("Field ", part, " of the kernel's counters."));
      if (family.sample_count() == 0) family.Sample({}, field->value);
    }
    return {};
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
