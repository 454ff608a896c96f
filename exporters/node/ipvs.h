#ifndef NARTHEX_EXPORTERS_NODE_IPVS_H_
#define NARTHEX_EXPORTERS_NODE_IPVS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// What the virtual server of the kernel has done, from /proc/net/ip_vs_stats: the third line has
// five hexadecimal numbers.
struct IpvsStats {
  double connections;
  double incoming_packets;
  double outgoing_packets;
  double incoming_bytes;
  double outgoing_bytes;
};

Result<IpvsStats> ParseIpvsStats(std::string_view text);

// A real server behind a virtual one, from /proc/net/ip_vs, see ipvsadm(8):
//   TCP  C0A80016:0CEA wlc
//     -> C0A85216:0CEA      Tunnel  100    248        2
// A virtual server is an address and a port or, of protocol FWM, a mark.
struct IpvsBackend {
  std::string protocol;
  std::string local_address;
  std::string local_port;
  std::string local_mark;
  std::string remote_address;
  std::string remote_port;
  double weight;
  double active_connections;
  double inactive_connections;
};

Result<std::vector<IpvsBackend>> ParseIpvs(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_IPVS_H_
