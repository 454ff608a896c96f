// Names of DNS numbers as zone files and configurations spell them (the registry of IANA).
#ifndef NARTHEX_EXPORTERS_BLACKBOX_DNS_NAMES_H_
#define NARTHEX_EXPORTERS_BLACKBOX_DNS_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narthex::blackbox {

inline constexpr uint16_t kDnsClassIn = 1;
inline constexpr uint16_t kDnsTypeSoa = 6;
inline constexpr uint16_t kDnsTypeAny = 255;

std::optional<uint16_t> DnsTypeOf(std::string_view name);
std::optional<uint16_t> DnsClassOf(std::string_view name);
std::optional<int> DnsRcodeOf(std::string_view name);

// The name, else RFC 3597's "TYPE65280" and "CLASS9"; a code without a name is its number.
std::string DnsTypeName(uint16_t type);
std::string DnsClassName(uint16_t dns_class);
std::string DnsRcodeName(int rcode);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_DNS_NAMES_H_
