#include "exporters/blackbox/address_rules.h"

#include <arpa/inet.h>

#include <algorithm>

#include "common/bytes/numbers.h"

namespace narthex::blackbox {
namespace {

using Bytes = std::array<uint8_t, 16>;
constexpr int kV4Bits = 96;  // of ::ffff:0:0/96

// RFC 1122 (0/8), 6890 (loopback, link-local), 4291; 169.254.0.0/16 and fd00:ec2::/32 have the
// metadata of Amazon and others, 100.100.100.200 that of Alibaba, 192.0.0.192 that of Oracle,
// 168.63.129.16 that of Azure.
constexpr const char* kLocal[] = {"0.0.0.0/8",
                                  "127.0.0.0/8",
                                  "169.254.0.0/16",
                                  "192.0.0.192",
                                  "100.100.100.200",
                                  "168.63.129.16",
                                  "::",
                                  "::1",
                                  "fe80::/10",
                                  "fd00:ec2::/32",
                                  "fd20:ce::254",
                                  "255.255.255.255"};
// Where IPv6 has addresses of IPv4 in it: NAT64 and 6to4. What they lead to is judged.
constexpr const char* kNat64 = "64:ff9b::/96";
constexpr const char* k6To4 = "2002::/16";

std::optional<Bytes> ParseAddress(const std::string& text) {
  Bytes address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  if (::inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1) return address;
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

std::vector<Network> ParseAll(const char* const* begin, const char* const* end) {
  std::vector<Network> networks;
  std::for_each(begin, end, [&](const char* text) { networks.push_back(*ParseNetwork(text)); });
  return networks;
}

bool IsIn(const std::vector<Network>& networks, const Bytes& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.Has(address); });
}

Bytes MappedFrom(const Bytes& address, size_t at) {
  Bytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(at), 4, mapped.begin() + 12);
  return mapped;
}

bool IsLocal(const Bytes& address) {
  static const std::vector<Network> kNetworks = ParseAll(std::begin(kLocal), std::end(kLocal));
  static const Network kNat64Network = *ParseNetwork(kNat64);
  static const Network k6To4Network = *ParseNetwork(k6To4);
  if (IsIn(kNetworks, address)) return true;
  if (kNat64Network.Has(address)) return IsIn(kNetworks, MappedFrom(address, 12));
  return k6To4Network.Has(address) && IsIn(kNetworks, MappedFrom(address, 2));
}

}  // namespace

bool Network::Has(const std::array<uint8_t, 16>& address) const {
  for (int bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<uint8_t>(0x80U >> static_cast<unsigned>(bit % 8));
    const auto at = static_cast<size_t>(bit / 8);
    if (((address[at] ^ base[at]) & mask) != 0) return false;
  }
  return true;
}

Result<Network> ParseNetwork(const std::string& text) {
  const size_t slash = std::min(text.find('/'), text.size());
  const auto address = ParseAddress(text.substr(0, slash));
  if (!address)
    return InvalidArgument("want an address or a network such as 10.0.0.0/8, got ", Quote(text));
  Network network{*address, 128};
  if (slash == text.size()) return network;
  const bool is_v4 = text.find(':') == std::string::npos;
  const auto bits = ParseUnsigned(text.substr(slash + 1));
  if (!bits || *bits > (is_v4 ? 32U : 128U))
    return InvalidArgument("want a number of bits behind the slash of ", Quote(text));
  network.bits = static_cast<int>(*bits) + (is_v4 ? kV4Bits : 0);
  return network;
}

Result<AddressRules> AddressRules::RefuseLocal(const std::vector<std::string>& allowed) {
  AddressRules rules;
  rules.refuses_local_ = true;
  for (const std::string& text : allowed) {
    ASSIGN_OR_RETURN(const Network network, ParseNetwork(text));
    rules.allowed_.push_back(network);
  }
  return rules;
}

bool AddressRules::MayProbe(const std::string& address) const {
  if (!refuses_local_) return true;
  const auto bytes = ParseAddress(address.substr(0, address.find('%')));
  if (!bytes) return false;
  return IsIn(allowed_, *bytes) || !IsLocal(*bytes);
}

}  // namespace narthex::blackbox
