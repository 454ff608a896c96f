#ifndef NARTHEX_EXPORTERS_NODE_QDISC_H_
#define NARTHEX_EXPORTERS_NODE_QDISC_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A queueing discipline of a network interface, see tc(8).
struct Qdisc {
  int interface_index = 0;
  std::string interface;  // where it was not asked for by its index
  std::string kind;       // "fq_codel"
  bool root = true;       // else it is a part of another
  double bytes = 0;
  double packets = 0;
  double drops = 0;
  double requeues = 0;
  double overlimits = 0;
  double queue_length = 0;
  double backlog_bytes = 0;
};

// The answer to a netlink RTM_GETQDISC dump, see rtnetlink(7).
Result<std::vector<Qdisc>> ParseQdiscDump(std::string_view messages);

// A recorded answer: a JSON list of objects with IfaceName, Kind, Parent, Bytes, Packets, Drops,
// Requeues, Overlimits, Qlen and Backlog.
Result<std::vector<Qdisc>> ParseQdiscJson(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_QDISC_H_
