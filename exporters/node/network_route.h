#ifndef NARTHEX_EXPORTERS_NODE_NETWORK_ROUTE_H_
#define NARTHEX_EXPORTERS_NODE_NETWORK_ROUTE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// One way of a route: of several next hops, each is one. Addresses are empty where there is none.
struct Route {
  int interface_index = 0;
  std::string source;
  std::string destination;  // "10.0.0.0/8", or "default"
  std::string gateway;
  uint32_t priority = 0;
  std::string protocol;  // who made it: "kernel", "dhcp", …
  std::string weight;    // of one hop of several
};

// Unicast routes of all tables, from the answer to a netlink RTM_GETROUTE dump, see rtnetlink(7).
Result<std::vector<Route>> ParseRouteDump(std::string_view messages);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_NETWORK_ROUTE_H_
