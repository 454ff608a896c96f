// The tcp and unix probers: connect, and talk as the module says.
#include "exporters/blackbox/conversation.h"

namespace narthex::blackbox {

Outcome ProbeTcp(Probe& probe) {
  const TcpProbe& tcp = probe.module().tcp;
  const auto target = SplitHostAndPort(probe.target);
  if (!target)
    return Failed(Phase::kSetup, Reason::kBadTarget, "want host:port, got " + Quote(probe.target));
  const int port = PortNumber(target->port, "tcp");
  Address address;
  double lookup_seconds = 0;
  if (Outcome failure = ChooseAddress(probe, tcp.ip, target->host, address, lookup_seconds))
    return failure;
  if (port == 0)
    return Failed(Phase::kSetup, Reason::kBadTarget, "no such port: " + Quote(target->port));
  Connection connection(probe.deadline);
  if (Outcome failure = connection.ConnectTcp(address, port, tcp.source_ip_address)) return failure;
  probe.log.Debug("connected", LogField("address", address.text), LogField("port", port));
  const std::string& name = probe.hostname.empty() ? target->host : probe.hostname;
  if (tcp.tls) {
    if (Outcome failure = SecureConnection(probe, connection, name)) return failure;
  }
  return Converse(probe, connection, tcp.query_response, name);
}

Outcome ProbeUnix(Probe& probe) {
  const UnixProbe& unix_probe = probe.module().unix_socket;
  if (!probe.rules.MayProbeUnixSockets()) {
    return Failed(Phase::kResolve, Reason::kAddressRefused,
                  "Unix sockets may not be probed, see --probe.refuse-local-addresses");
  }
  Connection connection(probe.deadline);
  if (Outcome failure = connection.ConnectUnix(probe.target)) return failure;
  probe.log.Debug("connected", LogField("path", probe.target));
  if (unix_probe.tls) {
    // The original asks for the path.
    if (Outcome failure = SecureConnection(probe, connection, probe.target)) return failure;
  }
  return Converse(probe, connection, unix_probe.query_response, "");
}

}  // namespace narthex::blackbox
