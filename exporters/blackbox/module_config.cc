#include "exporters/blackbox/module_config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>

#include "common/bytes/ignore_case.h"
#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "common/config/unbind.h"
#include "common/http_client_config/field_rules.h"
#include "exporters/blackbox/body_decoder.h"
#include "exporters/blackbox/dns_names.h"

namespace narthex::blackbox {
namespace {

constexpr int64_t kMaxPayloadBytes = 65'507;  // what one IPv4 packet can hold
constexpr size_t kMaxSteps = 1000;            // of one conversation

constexpr config::Name<IpProtocol> kIpProtocols[] = {{"ip4", IpProtocol::kIp4},
                                                     {"ip6", IpProtocol::kIp6}};
constexpr config::Name<IpPolicy> kIpPolicies[] = {
    {"any", IpPolicy::kAny}, {"all", IpPolicy::kAll}, {"each", IpPolicy::kEach}};
constexpr std::string_view kProbers[] = {"dns", "grpc", "http", "icmp", "tcp", "unix", "websocket"};

Status CheckSource(const std::string& address) {
  in6_addr parsed{};
  if (address.empty() || ::inet_pton(AF_INET, address.c_str(), &parsed) == 1 ||
      ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1)
    return {};
  return InvalidArgument("source_ip_address: want an address, got ", Quote(address));
}

// Whether a request with this Accept-Encoding may be answered in the encoding: the entry of the
// highest quality that names it, or is "*", decides. RFC 9110, 12.5.3.
bool AcceptsEncoding(std::string_view header, std::string_view encoding) {
  double best = -1;
  double verdict = 0;
  while (!header.empty()) {
    const size_t comma = std::min(header.find(','), header.size());
    std::string_view entry = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    double quality = 1;
    if (const size_t semicolon = entry.rfind(';'); semicolon != std::string_view::npos) {
      std::string_view text = TrimBlanks(entry.substr(semicolon + 1));
      if (text.starts_with("q=")) text.remove_prefix(2);
      quality = std::round(ParseDouble(text).value_or(0) * 1000) / 1000;
      entry = entry.substr(0, semicolon);
    }
    entry = TrimBlanks(entry);
    if ((entry != encoding && entry != "*") || quality <= best) continue;
    best = quality;
    verdict = quality;
  }
  return verdict > 0;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

Status CheckHeaders(const HttpProbe& http) {
  for (const auto& [name, value] : http.headers) {
    if (!IsToken(name)) return InvalidArgument("headers: no header name: ", Quote(name));
    if (HasControl(value))
      return InvalidArgument("headers: ", Quote(name), ": control byte in the value");
    const bool contradicts = EqualIgnoringCase(name, "Accept-Encoding") &&
                             !http.compression.empty() && !value.empty() &&
                             !AcceptsEncoding(value, http.compression);
    if (contradicts) {
      return InvalidArgument("headers: ", Quote(name), ": ", Quote(value), " excludes compression ",
                             Quote(http.compression));
    }
  }
  return {};
}

Status CheckHttp3(const HttpProbe& http) {
  const auto wants = [&](std::string_view version) {
    return std::find(http.valid_http_versions.begin(), http.valid_http_versions.end(), version) !=
           http.valid_http_versions.end();
  };
  if (http.enable_http3) {
    if (wants("HTTP/2.0") || wants("HTTP/1.1"))
      return InvalidArgument("valid_http_versions: with enable_http3 only HTTP/3.0 can come");
    if (http.client.enable_http2) return InvalidArgument("enable_http3 needs enable_http2: false");
    return {};
  }
  if (wants("HTTP/3.0"))
    return InvalidArgument("valid_http_versions: HTTP/3.0 cannot come without enable_http3");
  return {};
}

Status CheckRcodes(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!DnsRcodeOf(name)) return InvalidArgument("valid_rcodes: unknown code ", Quote(name));
  }
  return {};
}

template <typename T>
Status CheckOneHeader(const std::string& name, const T& values) {
  if (!IsToken(name)) return InvalidArgument("no header name: ", Quote(name));
  for (const auto& value : values) {
    if (HasControl(value)) return InvalidArgument(Quote(name), ": control byte in a value");
  }
  return {};
}

}  // namespace

Status FromText(std::string_view text, IpProtocol& protocol) {
  return config::FromNames(text, kIpProtocols, protocol);
}
std::string ToText(IpProtocol protocol) {
  return std::string(config::NameOf(kIpProtocols, protocol));
}

Status FromText(std::string_view text, IpPolicy& policy) {
  return config::FromNames(text, kIpPolicies, policy);
}
std::string ToText(IpPolicy policy) { return std::string(config::NameOf(kIpPolicies, policy)); }

Status QueryResponse::Validate() const {
  if (expect.given && !expect_bytes.empty())
    return InvalidArgument("at most one of expect and expect_bytes may be given");
  if (!labels.empty() && !expect.given)
    return InvalidArgument("labels are filled from what expect finds, which is missing");
  return {};
}

Status HeaderMatch::Validate() const {
  if (header.empty()) return InvalidArgument("missing field \"header\"");
  if (regexp.regex.pattern().empty()) return InvalidArgument("missing field \"regexp\"");
  return {};
}

Status HttpProbe::Validate() const {
  RETURN_IF_ERROR(client.Validate());
  RETURN_IF_ERROR(AtMostOne(!body.empty(), !body_file.empty(), "body and body_file"));
  if (!compression.empty() && !IsKnownCompression(compression))
    return InvalidArgument("compression: want one of br, deflate, gzip, identity, got ",
                           Quote(compression));
  if (!method.empty() && !IsToken(method))
    return InvalidArgument("method: no method: ", Quote(method));
  RETURN_IF_ERROR(CheckHeaders(*this));
  return CheckHttp3(*this);
}

Status TcpProbe::Validate() const {
  if (query_response.size() > kMaxSteps)
    return InvalidArgument("query_response: more than 1000 steps");
  return CheckSource(source_ip_address);
}

Status IcmpProbe::Validate() const {
  if (ttl < 0 || ttl > 255) return InvalidArgument("ttl: want 0 to 255, got ", std::to_string(ttl));
  if (payload_size < 0 || payload_size > kMaxPayloadBytes) {
    return InvalidArgument("payload_size: want 0 to ", std::to_string(kMaxPayloadBytes), ", got ",
                           std::to_string(payload_size));
  }
  return CheckSource(source_ip_address);
}

Status DnsProbe::Validate() const {
  if (query_name.empty()) return InvalidArgument("missing field \"query_name\"");
  if (query_name.size() > 1000) return InvalidArgument("query_name is too long");
  if (!query_class.empty() && !DnsClassOf(query_class))
    return InvalidArgument("query_class: unknown class ", Quote(query_class));
  if (!query_type.empty() && !DnsTypeOf(query_type))
    return InvalidArgument("query_type: unknown type ", Quote(query_type));
  const bool tcp = transport_protocol == "tcp";
  if (!transport_protocol.empty() && !tcp && transport_protocol != "udp")
    return InvalidArgument("transport_protocol: want udp or tcp, got ", Quote(transport_protocol));
  if (dns_over_tls && !tcp) return InvalidArgument("dns_over_tls needs transport_protocol: tcp");
  RETURN_IF_ERROR(CheckRcodes(valid_rcodes));
  return CheckSource(source_ip_address);
}

Status GrpcProbe::Validate() const {
  for (const auto& [name, values] : metadata)
    RETURN_IF_ERROR(CheckOneHeader(name, values).Prefixed("metadata"));
  return {};
}

Status Bind(const config::Node& node, WebsocketHeader& header) {
  if (node.kind != config::Node::Kind::kScalar) return config::Bind(node, header.header);
  header.header.values = {node.text};
  return {};
}

config::Node ToNode(const WebsocketHeader& header) { return config::ToNode(header.header); }

Status WebsocketProbe::Validate() const {
  RETURN_IF_ERROR(http_config.Validate());
  const bool proxy =
      !http_config.proxy.proxy_url.empty() || http_config.proxy.proxy_from_environment;
  if (proxy || http_config.oauth2) {
    return InvalidArgument(
        "http_config: a websocket is reached without proxy and oauth2; leave them out");
  }
  for (const auto& [name, values] : headers)
    RETURN_IF_ERROR(CheckOneHeader(name, values.header.values).Prefixed("headers"));
  for (const QueryResponse& step : query_response) {
    if (step.starttls || !step.expect_bytes.empty())
      return InvalidArgument("query_response: a websocket has neither starttls nor expect_bytes");
  }
  return {};
}

Status Module::Validate() const {
  if (std::find(std::begin(kProbers), std::end(kProbers), prober) == std::end(kProbers)) {
    return InvalidArgument("prober: want one of dns, grpc, http, icmp, tcp, unix, websocket, got ",
                           Quote(prober));
  }
  if (prober == "unix" && ip_policy != IpPolicy::kOne)
    return InvalidArgument("ip_policy: a Unix socket has no IP address");
  return {};
}

Result<Module> BindModule(const config::Node& node) {
  Module module;
  RETURN_IF_ERROR(config::Bind(node, module));
  HttpProbe& http = module.http;
  if (http.no_follow_redirects) http.client.follow_redirects = !*http.no_follow_redirects;
  http.no_follow_redirects.reset();
  return module;
}

namespace {

struct ConfigFile {
  std::map<std::string, config::Node> modules;

  void Describe(auto& fields) { fields.Optional("modules", modules); }
};

const config::Node* FindIn(const config::Node& module, std::string_view section,
                           std::string_view field) {
  const config::Node* found = module.Find(section);
  return found == nullptr ? nullptr : found->Find(field);
}

}  // namespace

Result<BlackboxConfig> ParseBlackboxConfig(std::string_view text, std::string_view file) {
  ASSIGN_OR_RETURN(ConfigFile parsed, config::Parse<ConfigFile>(text, file));
  BlackboxConfig config;
  for (auto& [name, node] : parsed.modules) {
    auto module = BindModule(node);
    if (!module.ok()) return InvalidArgument(file, ":", module.message());
    if (FindIn(node, "http", "no_follow_redirects") != nullptr) {
      config.notes.push_back("module " + Quote(name) +
                             ": no_follow_redirects is the old way to say follow_redirects");
    }
    if (module->http.enable_http3) {
      config.notes.push_back("module " + Quote(name) +
                             ": enable_http3: HTTP/3 is not built in, because Debian's libcurl has "
                             "none; probes by this module fail");
    }
    config.modules.emplace(name, *std::move(module));
    config.sources.emplace(name, std::move(node));
  }
  return config;
}

Result<BlackboxConfig> LoadBlackboxConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseBlackboxConfig(text, path);
}

std::string Show(const Module& module) { return config::ToYaml(config::ToNode(module)); }

std::string Show(const BlackboxConfig& config) {
  config::Node node;
  node.kind = config::Node::Kind::kMapping;
  node.entries.push_back({config::ScalarNode("modules", false), config::ToNode(config.modules)});
  return config::ToYaml(node);
}

}  // namespace narthex::blackbox
