// TCP sockets by state, by sock_diag(7): a busy machine has many, so this is off by default.
#include "exporters/node/tcpstat.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exporters/kit/netlink.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr uint32_t kAllStates = 0xfff;
// By the kernel's number of the state; the last it has is that of a request being answered.
constexpr std::string_view kStateNames[] = {"",           "established", "syn_sent",  "syn_recv",
                                            "fin_wait1",  "fin_wait2",   "time_wait", "close",
                                            "close_wait", "last_ack",    "listen",    "closing"};

class TcpstatCollector : public Collector {
 public:
  explicit TcpstatCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    TcpStates states;
    RETURN_IF_ERROR(Ask(AF_INET, states));
    if (::access(proc_.Path("net/tcp6").c_str(), F_OK) == 0) RETURN_IF_ERROR(Ask(AF_INET6, states));
    Family& family = sink.GaugeFamily("node_tcp_connection_states",
                                      "TCP sockets in each state, and bytes queued.");
    for (size_t i = 0; i < std::size(kStateNames); ++i) {
      if (states.counts[i] > 0) family.Sample({{"state", kStateNames[i]}}, states.counts[i]);
    }
    family.Sample({{"state", "rx_queued_bytes"}}, states.receive_queue_bytes);
    family.Sample({{"state", "tx_queued_bytes"}}, states.transmit_queue_bytes);
    return {};
  }

 private:
  static Status Ask(uint8_t family, TcpStates& states) {
    inet_diag_req_v2 request{};
    request.sdiag_family = family;
    request.sdiag_protocol = IPPROTO_TCP;
    request.idiag_states = kAllStates;
    ASSIGN_OR_RETURN(const std::string messages,
                     DumpNetlink(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NetlinkBytes(request)));
    return AddTcpSockets(messages, states);
  }

  const Directory& proc_;
};

}  // namespace

Status AddTcpSockets(std::string_view messages, TcpStates& states) {
  NetlinkReader reader(messages);
  for (;;) {
    ASSIGN_OR_RETURN(const auto message, reader.Next());
    if (!message) return {};
    if (message->type != SOCK_DIAG_BY_FAMILY) continue;
    if (message->payload.size() < sizeof(inet_diag_msg))
      return Corruption("netlink: socket message cut short");
    const auto socket = NetlinkStruct<inet_diag_msg>(message->payload);
    if (socket.idiag_state < states.counts.size()) ++states.counts[socket.idiag_state];
    states.receive_queue_bytes += socket.idiag_rqueue;
    states.transmit_queue_bytes += socket.idiag_wqueue;
  }
}

std::unique_ptr<Collector> NewTcpstatCollector(const SystemPaths& paths) {
  return std::make_unique<TcpstatCollector>(paths.proc);
}

}  // namespace narthex::exporters
