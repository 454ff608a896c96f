#include "common/http_client/proxy_choice.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <vector>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

// An address as 16 bytes; those of IPv4 as IPv6 maps them.
using Address = std::array<uint8_t, 16>;
constexpr size_t kV4Offset = 12;
constexpr Address kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<Address> ParseAddress(const std::string& text) {
  Address address = kV4Prefix;
  if (::inet_pton(AF_INET, text.c_str(), address.data() + kV4Offset) == 1) return address;
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

bool IsV4(const Address& address) {
  return std::equal(address.begin(), address.begin() + kV4Offset, kV4Prefix.begin());
}

bool IsLoopback(const UrlAuthority& target) {
  const auto address = ParseAddress(target.host);
  if (!address) return target.host == "localhost";
  if (IsV4(*address)) return (*address)[kV4Offset] == 127;
  Address one{};
  one.back() = 1;
  return *address == one;
}

// Whether the first `bits` of both are the same.
bool SharePrefix(const Address& a, const Address& b, uint64_t bits) {
  for (uint64_t bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<uint8_t>(0x80U >> (bit % 8));
    if (((a[bit / 8] ^ b[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool IsInNetwork(const std::string& network, const UrlAuthority& target) {
  const size_t slash = network.find('/');
  const auto base = ParseAddress(network.substr(0, slash));
  const auto bits = ParseUnsigned(std::string_view(network).substr(slash + 1));
  const auto address = ParseAddress(target.host);
  if (!base || !bits || !address || IsV4(*base) != IsV4(*address)) return false;
  const uint64_t offset = IsV4(*base) ? kV4Offset * 8 : 0;
  return *bits + offset <= 128 && SharePrefix(*base, *address, *bits + offset);
}

// "a.test" with all below it, ".a.test" without itself.
bool IsInDomain(std::string domain, const UrlAuthority& target) {
  if (domain.starts_with("*.")) domain.erase(0, 1);
  const std::string host = absl::AsciiStrToLower(target.host);
  if (domain.starts_with(".")) return host.ends_with(domain);
  return host == domain || host.ends_with("." + domain);
}

bool Matches(std::string entry, const UrlAuthority& target) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string::npos) return IsInNetwork(entry, target);
  if (!ParseAddress(entry)) {
    const size_t colon = entry.rfind(':');
    if (colon != std::string::npos) {
      if (entry.substr(colon + 1) != target.port) return false;
      entry.resize(colon);
    }
    if (entry.starts_with("[") && entry.ends_with("]")) entry = entry.substr(1, entry.size() - 2);
  }
  if (const auto address = ParseAddress(entry)) return address == ParseAddress(target.host);
  return !entry.empty() && IsInDomain(entry, target);
}

std::string FirstSet(const Environment& environment, const char* upper, const char* lower) {
  std::string value = environment(upper);
  return value.empty() ? environment(lower) : value;
}

// Such a variable may leave the scheme out.
std::string WithScheme(const std::string& proxy) {
  return proxy.empty() || proxy.find("://") != std::string::npos ? proxy : "http://" + proxy;
}

}  // namespace

std::string ProcessEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool IsException(std::string_view list, const UrlAuthority& target) {
  if (IsLoopback(target)) return true;
  const std::vector<std::string> entries = absl::StrSplit(std::string(list), ',');
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
    return Matches(absl::AsciiStrToLower(std::string(absl::StripAsciiWhitespace(entry))), target);
  });
}

std::string ProxyFor(const ProxyConfig& config, const UrlAuthority& target,
                     const Environment& environment) {
  if (config.proxy_from_environment) {
    if (IsException(FirstSet(environment, "NO_PROXY", "no_proxy"), target)) return {};
    return WithScheme(target.scheme == "https" ? FirstSet(environment, "HTTPS_PROXY", "https_proxy")
                                               : FirstSet(environment, "HTTP_PROXY", "http_proxy"));
  }
  if (!config.no_proxy.empty() && IsException(config.no_proxy, target)) return {};
  return config.proxy_url.text;
}

}  // namespace narthex
