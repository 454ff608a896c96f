// Parsers of the files below /proc/PID/net that are read for each container, see proc_pid_net(5).
#ifndef NARTHEX_EXPORTERS_CONTAINER_NETWORK_FILES_H_
#define NARTHEX_EXPORTERS_CONTAINER_NETWORK_FILES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A line of net/dev, behind two lines of titles:
//   eth0: 1664 18 0 0 0 0 0 0 2039 15 0 0 0 0 0 0
struct InterfaceCounters {
  std::string_view name;  // into the text
  uint64_t received_bytes = 0;
  uint64_t received_packets = 0;
  uint64_t receive_errors = 0;
  uint64_t receive_drops = 0;
  uint64_t sent_bytes = 0;
  uint64_t sent_packets = 0;
  uint64_t send_errors = 0;
  uint64_t send_drops = 0;
};
Result<std::vector<InterfaceCounters>> ParseInterfaces(std::string_view text);

// Sockets of net/tcp or net/tcp6 by their state, as the kernel numbers them (1 is established).
inline constexpr size_t kTcpStateCount = 13;
std::array<uint64_t, kTcpStateCount> CountTcpStates(std::string_view text);

// The sockets of net/udp or net/udp6 together.
struct UdpSockets {
  uint64_t count = 0;
  uint64_t dropped = 0;
  uint64_t receive_queue_bytes = 0;
  uint64_t send_queue_bytes = 0;
};
UdpSockets ParseUdp(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_NETWORK_FILES_H_
