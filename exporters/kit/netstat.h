#ifndef NARTHEX_EXPORTERS_KIT_NETSTAT_H_
#define NARTHEX_EXPORTERS_KIT_NETSTAT_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A counter of the network stack, "Tcp" "InSegs". The texts are parts of what was parsed.
struct NetstatField {
  std::string_view protocol;
  std::string_view name;
  double value;
};

// /proc/net/netstat and /proc/net/snmp: a line of names, then a line of their values.
//   Tcp: RtoAlgorithm MaxConn InSegs
//   Tcp: 1 -1 57252008
Result<std::vector<NetstatField>> ParseNetstat(std::string_view text);

// /proc/net/snmp6: a name and a value a line. The protocol ends with the first 6 of the name; lines
// without one are left out, as in the original.
//   Ip6InReceives                   7
Result<std::vector<NetstatField>> ParseSnmp6(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_NETSTAT_H_
