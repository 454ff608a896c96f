#include "exporters/node/sockstat.h"

#include <unistd.h>

#include <algorithm>

#include "exporters/kit/text_buffer.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

// The states that are shown; a kernel may tell more.
constexpr std::string_view kStates[] = {"alloc", "inuse", "mem", "memory", "orphan", "tw"};

class SockstatCollector : public Collector {
 public:
  explicit SockstatCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    Status absent;
    bool found = false;
    TextBuffer name;
    TextBuffer help;
    for (const char* file : {"net/sockstat", "net/sockstat6"}) {
      const auto text = proc_.Read(file);
      if (text.code() == Code::kNotFound) {  // IPv4 or IPv6 is off
        absent = text.status();
        continue;
      }
      if (!text.ok()) return text.status();
      ASSIGN_OR_RETURN(const auto fields, ParseSockstat(*text).Prefixed(file));
      for (const SockstatField& field : fields) RETURN_IF_ERROR(Show(field, name, help, sink));
      found = true;
    }
    return found ? Status() : absent;
  }

 private:
  Status Show(const SockstatField& field, TextBuffer& name, TextBuffer& help,
              MetricSink& sink) const {
    if (field.protocol == "sockets") {
      if (field.state == "used")
        ShowOnce("node_sockstat_sockets_used", "Sockets in use.", field.value, sink);
      return {};
    }
    if (!std::ranges::binary_search(kStates, field.state)) return {};
    const auto& [protocol, state, value] = field;
    if (!IsLegacyMetricName(name.Join("node_sockstat_", protocol, "_", state)))
      return Corruption("sockstat: no protocol: ", Quote(protocol));
    ShowOnce(name.Join("node_sockstat_", protocol, "_", state),
             help.Join("Field ", state, " of ", protocol, " sockets."), value, sink);
    if (state != "mem") return {};
    ShowOnce(name.Join("node_sockstat_", protocol, "_mem_bytes"),
             help.Join("Memory of ", protocol, " sockets."), value * page_bytes_, sink);
    return {};
  }

  static void ShowOnce(std::string_view name, std::string_view help, double value,
                       MetricSink& sink) {
    Family& family = sink.GaugeFamily(name, help);
    if (family.sample_count() == 0) family.Sample({}, value);
  }

  const Directory& proc_;
  const double page_bytes_ = static_cast<double>(::sysconf(_SC_PAGESIZE));
};

}  // namespace

Result<std::vector<SockstatField>> ParseSockstat(std::string_view text) {
  std::vector<SockstatField> parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto head = fields.Next();
    if (!head) continue;
    if (head->back() != ':') return Corruption("want a protocol and ':', got ", Quote(*line));
    while (const auto state = fields.Next()) {
      const auto value = fields.NextDouble();
      if (!value) return Corruption("want states and numbers, got ", Quote(*line));
      parsed.push_back({head->substr(0, head->size() - 1), *state, *value});
    }
  }
  return parsed;
}

std::unique_ptr<Collector> NewSockstatCollector(const SystemPaths& paths) {
  return std::make_unique<SockstatCollector>(paths.proc);
}

}  // namespace narthex::exporters
