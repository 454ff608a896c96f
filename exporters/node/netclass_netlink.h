#ifndef NARTHEX_EXPORTERS_NODE_NETCLASS_NETLINK_H_
#define NARTHEX_EXPORTERS_NODE_NETCLASS_NETLINK_H_

#include <linux/if_link.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// What RTM_GETLINK tells of an interface, see rtnetlink(7). Absent numbers are 0.
struct LinkInterface {
  uint32_t index = 0;
  uint32_t flags = 0;
  uint32_t protocol_type = 0;  // ARPHRD_*
  uint32_t mtu = 0;
  uint32_t group = 0;
  uint32_t transmit_queue_length = 0;
  uint32_t link = 0;  // number of the interface below, or its own
  uint32_t carrier = 0;
  uint32_t carrier_changes = 0;
  uint32_t carrier_ups = 0;
  uint32_t carrier_downs = 0;
  uint32_t link_mode = 0;
  uint32_t state = 0;  // IF_OPER_*
  std::string name, address, broadcast, alias;
  std::vector<std::string> other_names;
  std::optional<rtnl_link_stats64> stats;
};

// What the family ethtool tells of an interface's link.
struct LinkSpeed {
  uint32_t index = 0;
  std::optional<uint32_t> megabits;
  std::string duplex;  // "Half", "Full" or "Unknown"
};

// "up" and the like, of IF_OPER_*.
std::string_view OperationalState(uint32_t state);

// From dumps of RTM_GETLINK and of ETHTOOL_MSG_LINKMODES_GET.
Result<std::vector<LinkInterface>> ParseLinkInterfaces(std::string_view messages);
Result<std::vector<LinkSpeed>> ParseLinkSpeeds(std::string_view messages);

// Asks the kernel. No speeds from one whose ethtool does not speak netlink, before 5.6.
Result<std::vector<LinkInterface>> AskLinkInterfaces();
Result<std::vector<LinkSpeed>> AskLinkSpeeds();

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_NETCLASS_NETLINK_H_
