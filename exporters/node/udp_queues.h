#ifndef NARTHEX_EXPORTERS_NODE_UDP_QUEUES_H_
#define NARTHEX_EXPORTERS_NODE_UDP_QUEUES_H_

#include <cstdint>
#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// Bytes that wait in the queues of all UDP sockets. The fifth field of a line of /proc/net/udp,
// see proc(5), has both as hexadecimal numbers: "00000015:00000000".
struct UdpQueues {
  uint64_t transmit_bytes = 0;
  uint64_t receive_bytes = 0;
};

Result<UdpQueues> ParseUdpSockets(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_UDP_QUEUES_H_
