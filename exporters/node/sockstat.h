#ifndef NARTHEX_EXPORTERS_NODE_SOCKSTAT_H_
#define NARTHEX_EXPORTERS_NODE_SOCKSTAT_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// Sockets of one protocol in one state, "TCP" "inuse". The texts are parts of what was parsed.
struct SockstatField {
  std::string_view protocol;
  std::string_view state;
  double value;  // sockets; pages for mem, bytes for memory
};

// /proc/net/sockstat and sockstat6: a protocol, then pairs of state and value.
//   sockets: used 229
//   TCP: inuse 4 orphan 0 tw 4 alloc 17 mem 1
Result<std::vector<SockstatField>> ParseSockstat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SOCKSTAT_H_
