#include "exporters/node/ipvs.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct BackendLabel {
  std::string_view name;
  std::string IpvsBackend::*value;
};
constexpr std::array<BackendLabel, 6> kLabels = {{
    {"local_address", &IpvsBackend::local_address},
    {"local_port", &IpvsBackend::local_port},
    {"remote_address", &IpvsBackend::remote_address},
    {"remote_port", &IpvsBackend::remote_port},
    {"proto", &IpvsBackend::protocol},
    {"local_mark", &IpvsBackend::local_mark},
}};

class IpvsCollector : public Collector {
 public:
  explicit IpvsCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.ipvs.backend-labels", &labels_text_,
              "Labels that tell real servers apart; those alike in them are added up.", "LIST");
  }

  Status Prepare() override {
    std::string_view rest = labels_text_;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      if (name.empty()) continue;
      const auto* label = std::find_if(kLabels.begin(), kLabels.end(),
                                       [&](const BackendLabel& one) { return one.name == name; });
      if (label == kLabels.end())
        return InvalidArgument("flag --collector.ipvs.backend-labels: no label ", Quote(name),
                               "; there are ", kDefaultLabels);
      chosen_[static_cast<size_t>(label - kLabels.begin())] = true;
    }
    return {};
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string stats_text, proc_.Read("net/ip_vs_stats"));
    ASSIGN_OR_RETURN(const IpvsStats stats, ParseIpvsStats(stats_text));
    sink.Counter("node_ipvs_connections_total", "Connections made.", stats.connections);
    sink.Counter("node_ipvs_incoming_packets_total", "Packets that came in.",
                 stats.incoming_packets);
    sink.Counter("node_ipvs_outgoing_packets_total", "Packets that went out.",
                 stats.outgoing_packets);
    sink.Counter("node_ipvs_incoming_bytes_total", "Bytes that came in.", stats.incoming_bytes);
    sink.Counter("node_ipvs_outgoing_bytes_total", "Bytes that went out.", stats.outgoing_bytes);
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/ip_vs"));
    ASSIGN_OR_RETURN(const std::vector<IpvsBackend> backends, ParseIpvs(text));
    ShowBackends(backends, sink);
    return {};
  }

 private:
  static constexpr const char* kDefaultLabels =
      "local_address,local_port,remote_address,remote_port,proto,local_mark";

  void ShowBackends(const std::vector<IpvsBackend>& backends, MetricSink& sink) const {
    std::map<std::vector<std::string>, std::array<double, 3>> sums;
    for (const IpvsBackend& backend : backends) {
      std::vector<std::string> key;
      for (size_t i = 0; i < kLabels.size(); ++i)
        if (chosen_[i]) key.push_back(backend.*kLabels[i].value);
      std::array<double, 3>& sum = sums[std::move(key)];
      sum[0] += backend.active_connections;
      sum[1] += backend.inactive_connections;
      sum[2] += backend.weight;
    }
    for (const auto& [values, sum] : sums) {
      std::vector<Label> labels;
      for (size_t i = 0, at = 0; i < kLabels.size(); ++i)
        if (chosen_[i]) labels.push_back({kLabels[i].name, values[at++]});
      const auto show = [&](const char* name, const char* help, double value) {
        sink.GaugeFamily(name, help).Sample("", labels.data(), labels.size(), value);
      };
      show("node_ipvs_backend_connections_active", "Connections of a real server in use.", sum[0]);
      show("node_ipvs_backend_connections_inactive", "Connections of a real server not in use.",
           sum[1]);
      show("node_ipvs_backend_weight", "Weight of a real server.", sum[2]);
    }
  }

  const Directory& proc_;
  std::string labels_text_ = kDefaultLabels;
  std::array<bool, kLabels.size()> chosen_{};
};

std::optional<uint64_t> ParseHexadecimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "C0A80016:0CEA", or "[2620:0000:…:0001]:0CEA".
Status ParseEndpoint(std::string_view text, std::string& address, std::string& port) {
  const size_t colon = text.rfind(':');
  const auto number = colon == text.npos ? std::nullopt : ParseHexadecimal(text.substr(colon + 1));
  const std::string host(text.substr(0, colon == text.npos ? 0 : colon));
  char printed[INET6_ADDRSTRLEN] = {};
  bool good = false;
  if (const auto v4 = host.size() == 8 ? ParseHexadecimal(host) : std::nullopt) {
    const in_addr ip{htonl(static_cast<uint32_t>(*v4))};
    good = ::inet_ntop(AF_INET, &ip, printed, sizeof printed) != nullptr;
  } else if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    in6_addr ip{};
    good = ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &ip) == 1 &&
           ::inet_ntop(AF_INET6, &ip, printed, sizeof printed) != nullptr;
  }
  if (!good || !number || *number > 0xffff)
    return Corruption("ip_vs: want an address and a port, got ", Quote(text));
  address = printed;
  port = std::to_string(*number);
  return {};
}

// A line "-> …", whose virtual server is filled in already.
Status ParseBackend(FieldReader& fields, std::string_view line, IpvsBackend& backend) {
  RETURN_IF_ERROR(
      ParseEndpoint(fields.Next().value_or(""), backend.remote_address, backend.remote_port));
  fields.Next();  // how packets are forwarded
  const auto weight = fields.NextUnsigned();
  const auto active = fields.NextUnsigned();
  const auto inactive = fields.NextUnsigned();
  if (!weight || !active || !inactive)
    return Corruption("ip_vs: want three numbers, got ", Quote(line));
  backend.weight = static_cast<double>(*weight);
  backend.active_connections = static_cast<double>(*active);
  backend.inactive_connections = static_cast<double>(*inactive);
  return {};
}

}  // namespace

Result<IpvsStats> ParseIpvsStats(std::string_view text) {
  LineReader lines(text);
  lines.Next();
  lines.Next();
  const std::string_view line = lines.Next().value_or("");
  FieldReader fields(line);
  std::array<double, 5> numbers{};
  for (double& number : numbers) {
    const auto field = fields.Next();
    const auto value = field ? ParseHexadecimal(*field) : std::nullopt;
    if (!value) return Corruption("ip_vs_stats: want five numbers, got ", Quote(line));
    number = static_cast<double>(*value);
  }
  return IpvsStats{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
}

Result<std::vector<IpvsBackend>> ParseIpvs(std::string_view text) {
  std::vector<IpvsBackend> backends;
  IpvsBackend server{};  // the virtual server of the lines below it
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto kind = fields.Next();
    if (!kind) continue;
    if (*kind == "TCP" || *kind == "UDP" || *kind == "SCTP") {
      server = IpvsBackend{};
      server.protocol = *kind;
      RETURN_IF_ERROR(
          ParseEndpoint(fields.Next().value_or(""), server.local_address, server.local_port));
    } else if (*kind == "FWM") {
      server = IpvsBackend{};
      server.protocol = *kind;
      server.local_port = "0";
      server.local_mark = fields.Next().value_or("");
    } else if (*kind == "->" && !server.protocol.empty()) {  // the titles have one before
      RETURN_IF_ERROR(ParseBackend(fields, *line, server));
      backends.push_back(server);
    }
  }
  return backends;
}

std::unique_ptr<Collector> NewIpvsCollector(const SystemPaths& paths) {
  return std::make_unique<IpvsCollector>(paths.proc);
}

}  // namespace narthex::exporters
