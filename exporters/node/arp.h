#ifndef NARTHEX_EXPORTERS_NODE_ARP_H_
#define NARTHEX_EXPORTERS_NODE_ARP_H_

#include <map>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// Entries of the ARP table per device, from /proc/net/arp, see proc_net(5): the last of six fields
// is the device.
Result<std::map<std::string, double>> ParseArp(std::string_view text);

// The same per number of the interface, from the answer to a netlink dump of IPv4 neighbours, see
// rtnetlink(7). Entries that need no ARP are left out.
Result<std::map<int, double>> ParseNeighbours(std::string_view messages);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_ARP_H_
