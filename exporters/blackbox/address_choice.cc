#include "exporters/blackbox/address_choice.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/bytes/numbers.h"
#include "exporters/blackbox/name_lookup.h"

namespace narthex::blackbox {
namespace {

// 32 bits of FNV-1a, over the bytes of the address in their order on the wire.
double HashOf(const Address& address) {
  const SocketAddress socket_address = SocketAddressOf(address, 0);
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&socket_address.storage);
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&socket_address.storage);
  const auto* bytes = address.is_v6 ? reinterpret_cast<const uint8_t*>(&v6->sin6_addr)
                                    : reinterpret_cast<const uint8_t*>(&v4->sin_addr);
  uint32_t hash = 2166136261U;
  for (size_t i = 0; i < (address.is_v6 ? 16U : 4U); ++i) hash = (hash ^ bytes[i]) * 16777619U;
  return hash;
}

bool IsV4Text(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

// With a zone or without.
bool IsV6Text(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

Outcome FindWanted(const IpChoice& choice, const std::string& host, const Deadline& deadline,
                   std::vector<Address>& addresses) {
  if (IsV4Text(host)) {
    addresses.push_back({host, false});
  } else if (IsV6Text(host)) {
    addresses.push_back({host, true});
  } else {
    const LookupFamily family = choice.fallback                        ? LookupFamily::kBoth
                                : choice.preferred == IpProtocol::kIp6 ? LookupFamily::kV6
                                                                       : LookupFamily::kV4;
    std::vector<std::string> found;
    if (Outcome failure = LookUp(host, family, deadline, found)) return failure;
    for (std::string& text : found) {
      const bool is_v6 = text.find(':') != std::string::npos;
      addresses.push_back({std::move(text), is_v6});
    }
  }
  const bool wants_v6 = choice.preferred == IpProtocol::kIp6;
  std::stable_partition(addresses.begin(), addresses.end(),
                        [&](const Address& address) { return address.is_v6 == wants_v6; });
  if (!choice.fallback)
    std::erase_if(addresses, [&](const Address& address) { return address.is_v6 != wants_v6; });
  if (!addresses.empty()) return {};
  return Failed(Phase::kResolve, Reason::kNameNotFound,
                "resolve " + Quote(host) + ": no address of " + ToText(choice.preferred));
}

}  // namespace

Outcome FindAddresses(const IpChoice& choice, const std::string& host, const Deadline& deadline,
                      std::vector<Address>& addresses) {
  if (host.empty()) return Failed(Phase::kResolve, Reason::kBadTarget, "the target has no host");
  return FindWanted(choice, host, deadline, addresses);
}

Outcome FindAddress(Probe& probe, const IpChoice& choice, const std::string& host,
                    Address& address) {
  std::vector<Address> addresses;
  if (Outcome failure = FindAddresses(choice, host, probe.deadline, addresses)) return failure;
  address = addresses.front();
  probe.log.Debug("resolved", LogField("host", host), LogField("address", address.text));
  if (probe.rules.MayProbe(address.text)) return {};
  return Failed(Phase::kResolve, Reason::kAddressRefused,
                "address " + address.text + " may not be probed, see --probe.allow-network");
}

Outcome ChooseAddress(Probe& probe, const IpChoice& choice, const std::string& host,
                      Address& address, double& seconds) {
  probe.metrics.Set(kIpProtocol, 0);
  probe.metrics.Set(kIpHash, 0);
  const int64_t begin_ns = probe.deadline.NowNs();
  const std::string& name = probe.address.empty() ? host : probe.address;
  const IpChoice any{choice.preferred, true};
  Outcome failure = FindAddress(probe, probe.address.empty() ? choice : any, name, address);
  seconds = probe.deadline.SecondsSince(begin_ns);
  probe.metrics.Add(kLookupTime, seconds);
  if (address.text.empty()) return failure;
  probe.metrics.Set(kIpProtocol, address.is_v6 ? 6 : 4);
  probe.metrics.Set(kIpHash, HashOf(address));
  return failure;
}

SocketAddress SocketAddressOf(const Address& address, int port) {
  SocketAddress out;
  if (!address.is_v6) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET, address.text.c_str(), &v4->sin_addr);
    out.size = sizeof *v4;
    return out;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(static_cast<uint16_t>(port));
  const size_t percent = std::min(address.text.find('%'), address.text.size());
  ::inet_pton(AF_INET6, address.text.substr(0, percent).c_str(), &v6->sin6_addr);
  if (percent < address.text.size()) {
    const std::string zone = address.text.substr(percent + 1);
    const auto number = ParseUnsigned(zone);
    v6->sin6_scope_id = number ? static_cast<uint32_t>(*number) : ::if_nametoindex(zone.c_str());
  }
  out.size = sizeof *v6;
  return out;
}

std::optional<HostAndPort> SplitHostAndPort(const std::string& text) {
  if (!text.empty() && text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string::npos || end + 1 >= text.size() || text[end + 1] != ':')
      return std::nullopt;
    return HostAndPort{text.substr(1, end - 1), text.substr(end + 2)};
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || text.find(':') != colon) return std::nullopt;
  return HostAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

int PortNumber(const std::string& text, const char* protocol) {
  if (const auto number = ParseUnsigned(text))
    return *number <= 65'535 ? static_cast<int>(*number) : 0;
  std::array<char, 1024> buffer{};
  servent entry{};
  servent* found = nullptr;
  if (::getservbyname_r(text.c_str(), protocol, &entry, buffer.data(), buffer.size(), &found) !=
          0 ||
      found == nullptr)
    return 0;
  return ntohs(static_cast<uint16_t>(found->s_port));
}

}  // namespace narthex::blackbox
