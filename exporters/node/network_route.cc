#include "exporters/node/network_route.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <map>

#include "exporters/kit/netlink.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class NetworkRouteCollector : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string messages,
                     DumpNetlink(NETLINK_ROUTE, RTM_GETROUTE, NetlinkBytes(rtmsg{})));
    ASSIGN_OR_RETURN(const std::vector<Route> routes, ParseRouteDump(messages));
    std::map<std::string, double> counts;
    Family& info = sink.GaugeFamily("node_network_route_info", "Constant 1 for each route.");
    for (const Route& route : routes) {
      char name[IF_NAMESIZE] = "";
      ::if_indextoname(static_cast<unsigned>(route.interface_index), name);
      info.Sample({{"device", name},
                   {"src", route.source},
                   {"dest", route.destination},
                   {"gw", route.gateway},
                   {"priority", std::to_string(route.priority)},
                   {"proto", route.protocol},
                   {"weight", route.weight}},
                  1);
      ++counts[name];
    }
    for (const auto& [device, count] : counts)
      sink.Gauge("node_network_routes", "Routes through an interface.", count,
                 {{"device", device}});
    return {};
  }
};

std::string_view ProtocolName(uint8_t protocol) {
  static constexpr std::pair<uint8_t, std::string_view> kNames[] = {
      {0, "unspec"},    {1, "redirect"}, {2, "kernel"}, {3, "boot"},   {4, "static"},
      {8, "gated"},     {9, "ra"},       {10, "mrt"},   {11, "zebra"}, {12, "bird"},
      {13, "dnrouted"}, {14, "xorp"},    {15, "ntk"},   {16, "dhcp"},  {17, "mrouted"},
      {42, "babel"},    {186, "bgp"},    {187, "isis"}, {188, "ospf"}, {189, "rip"},
      {192, "eigrp"}};
  for (const auto& [number, name] : kNames)
    if (number == protocol) return name;
  return "unknown";
}

// Four or sixteen bytes as text; empty for anything else.
std::string AddressText(std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (bytes.size() != sizeof(in_addr) && bytes.size() != sizeof(in6_addr)) return "";
  ::inet_ntop(family, bytes.data(), text, sizeof text);
  return text;
}

// The hops of the attribute RTA_MULTIPATH: structs with attributes behind each.
Status TakeHops(std::string_view bytes, const Route& base, std::vector<Route>& routes) {
  while (bytes.size() >= sizeof(rtnexthop)) {
    const auto hop = NetlinkStruct<rtnexthop>(bytes);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > bytes.size())
      return Corruption("netlink: hop of ", std::to_string(hop.rtnh_len), " bytes");
    Route route = base;
    route.interface_index = hop.rtnh_ifindex;
    route.weight = std::to_string(hop.rtnh_hops + 1);
    NetlinkAttributes attributes(bytes.substr(sizeof hop, hop.rtnh_len - sizeof hop));
    for (;;) {
      ASSIGN_OR_RETURN(const auto attribute, attributes.Next());
      if (!attribute) break;
      if (attribute->type == RTA_GATEWAY) route.gateway = AddressText(attribute->payload);
    }
    routes.push_back(std::move(route));
    bytes.remove_prefix(std::min<size_t>(bytes.size(), (hop.rtnh_len + 3U) & ~3U));
  }
  return {};
}

Status TakeRoute(std::string_view payload, std::vector<Route>& routes) {
  if (payload.size() < sizeof(rtmsg)) return Corruption("netlink: route message cut short");
  const auto message = NetlinkStruct<rtmsg>(payload);
  if (message.rtm_type != RTN_UNICAST) return {};
  Route route;
  route.protocol = ProtocolName(message.rtm_protocol);
  route.destination = "default";
  std::string_view hops;
  NetlinkAttributes attributes(payload.substr(sizeof(rtmsg)));
  for (;;) {
    ASSIGN_OR_RETURN(const auto attribute, attributes.Next());
    if (!attribute) break;
    const std::string_view value = attribute->payload;
    if (attribute->type == RTA_DST && message.rtm_dst_len > 0)
      route.destination = AddressText(value) + "/" + std::to_string(message.rtm_dst_len);
    if (attribute->type == RTA_PREFSRC) route.source = AddressText(value);
    if (attribute->type == RTA_GATEWAY) route.gateway = AddressText(value);
    if (attribute->type == RTA_OIF) route.interface_index = NetlinkStruct<int32_t>(value);
    if (attribute->type == RTA_PRIORITY) route.priority = NetlinkStruct<uint32_t>(value);
    if (attribute->type == RTA_MULTIPATH) hops = value;
  }
  if (!hops.empty()) return TakeHops(hops, route, routes);
  routes.push_back(std::move(route));
  return {};
}

}  // namespace

Result<std::vector<Route>> ParseRouteDump(std::string_view messages) {
  std::vector<Route> routes;
  NetlinkReader reader(messages);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, reader.Next());
    if (!message) return routes;
    if (message->type == RTM_NEWROUTE) RETURN_IF_ERROR(TakeRoute(message->payload, routes));
  }
}

std::unique_ptr<Collector> NewNetworkRouteCollector(const SystemPaths&) {
  return std::make_unique<NetworkRouteCollector>();
}

}  // namespace narthex::exporters
