#include <algorithm>
#include <cassert>

#include "common/bytes/ignore_case.h"
#include "common/http_client/url_authority.h"
#include "exporters/blackbox/address_choice.h"
#include "exporters/blackbox/probe.h"

namespace narthex::blackbox {
namespace {

std::string HostOfUrl(const std::string& target) {
  std::string url = target;
  if (StartsIgnoringCase(url, "ws://") || StartsIgnoringCase(url, "wss://"))
    url = "http" + url.substr(url.find(':'));
  const bool has_scheme = StartsIgnoringCase(url, "http://") || StartsIgnoringCase(url, "https://");
  const auto authority = AuthorityOf(has_scheme ? url : "http://" + url);
  return authority.ok() ? authority->host : std::string();
}

std::string HostOfPair(const std::string& target) {
  const auto split = SplitHostAndPort(target);
  return split ? split->host : std::string();
}

std::string HostOfPairOrItself(const std::string& target) {
  const auto split = SplitHostAndPort(target);
  return split ? split->host : target;
}

std::string NoHost(const std::string& /*target*/) { return {}; }
std::string Itself(const std::string& target) { return target; }

struct ProberRow {
  std::string_view name;
  Prober run;
  std::string (*host_of)(const std::string& target);
};

constexpr ProberRow kProbers[] = {
    {"dns", ProbeDns, HostOfPairOrItself},   {"grpc", ProbeGrpc, HostOfUrl},
    {"http", ProbeHttp, HostOfUrl},          {"icmp", ProbeIcmp, Itself},
    {"tcp", ProbeTcp, HostOfPair},           {"unix", ProbeUnix, NoHost},
    {"websocket", ProbeWebsocket, HostOfUrl}};

const ProberRow& RowOf(std::string_view name) {
  const auto* row = std::find_if(std::begin(kProbers), std::end(kProbers),
                                 [name](const ProberRow& r) { return r.name == name; });
  assert(row != std::end(kProbers));
  return *row;
}

}  // namespace

Prober ProberOf(std::string_view name) { return RowOf(name).run; }

std::string HostOfTarget(std::string_view prober, const std::string& target) {
  return RowOf(prober).host_of(target);
}

const IpChoice& IpChoiceOf(const Module& module) {
  if (module.prober == "dns") return module.dns.ip;
  if (module.prober == "grpc") return module.grpc.ip;
  if (module.prober == "http") return module.http.ip;
  if (module.prober == "icmp") return module.icmp.ip;
  if (module.prober == "tcp") return module.tcp.ip;
  return module.websocket.ip;
}

}  // namespace narthex::blackbox
