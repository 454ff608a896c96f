#ifndef NARTHEX_EXPORTERS_NODE_NETDEV_H_
#define NARTHEX_EXPORTERS_NODE_NETDEV_H_

#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

using LinkCounters = boost::container::flat_map<std::string_view, uint64_t>;

// The counters of one interface by the name that their metric has between node_network_ and _total.
struct NetDevice {
  std::string name;
  std::string alias;  // ifalias; empty where none is set
  LinkCounters counters;
};

// /proc/net/dev: two header lines, then an interface a line:
//     lo: 1664039048 1566805 0 0 0 0 0 0 1664039048 1566805 0 0 0 0 0 0
Result<std::vector<NetDevice>> ParseNetDev(std::string_view text);

// The answer to a netlink RTM_GETLINK dump: any number of whole messages, see rtnetlink(7).
// `detailed` keeps the kernel's counters apart where /proc/net/dev adds some up.
Result<std::vector<NetDevice>> ParseLinkDump(std::string_view messages, bool detailed);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_NETDEV_H_
