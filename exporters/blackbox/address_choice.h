// From a target's name to the address that is probed, as blackbox_exporter chooses.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_ADDRESS_CHOICE_H_
#define NARTHEX_EXPORTERS_BLACKBOX_ADDRESS_CHOICE_H_

#include <sys/socket.h>

#include <string>
#include <vector>

#include "exporters/blackbox/probe.h"

namespace narthex::blackbox {

struct Address {
  std::string text;  // numeric, with a zone where there is one, without brackets
  bool is_v6 = false;

  // With brackets where a port may follow.
  std::string InUrl() const { return is_v6 ? "[" + text + "]" : text; }
};

// Looks the host up, chooses by protocol, checks that the address may be probed; sets the metrics
// of the lookup. `seconds` is what it took, also where it fails.
Outcome ChooseAddress(Probe& probe, const IpChoice& choice, const std::string& host,
                      Address& address, double& seconds);

// The same for another name on the way, without metrics.
Outcome FindAddress(Probe& probe, const IpChoice& choice, const std::string& host,
                    Address& address);

// All addresses of a host that the choice allows, the preferred protocol first.
Outcome FindAddresses(const IpChoice& choice, const std::string& host, const Deadline& deadline,
                      std::vector<Address>& addresses);

// As bind, connect and sendto want it. Of a numeric address and a port.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
SocketAddress SocketAddressOf(const Address& address, int port);

// "host:port", "[v6]:port". Nothing where it is none.
struct HostAndPort {
  std::string host, port;
};
std::optional<HostAndPort> SplitHostAndPort(const std::string& text);

// A port by number or by the name of a service, 0 where it is none.
int PortNumber(const std::string& text, const char* protocol);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_ADDRESS_CHOICE_H_
