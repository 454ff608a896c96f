#ifndef NARTHEX_EXPORTERS_NODE_TCPSTAT_H_
#define NARTHEX_EXPORTERS_NODE_TCPSTAT_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "common/status/status.h"

namespace narthex::exporters {

// TCP sockets by their state, as the kernel numbers them (TCP_ESTABLISHED is 1), and bytes in their
// queues.
struct TcpStates {
  std::array<double, 16> counts{};
  double receive_queue_bytes = 0;
  double transmit_queue_bytes = 0;
};

// Adds what an answer to a dump by sock_diag(7) tells.
Status AddTcpSockets(std::string_view messages, TcpStates& states);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_TCPSTAT_H_
