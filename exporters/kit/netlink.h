// Asking the kernel by netlink(7), and reading its answers.
//
//   ASSIGN_OR_RETURN(const std::string answer, DumpNetlink(NETLINK_ROUTE, RTM_GETLINK, request));
//   NetlinkReader messages(answer);
//   for (;;) {
//     ASSIGN_OR_RETURN(const auto message, messages.Next());
//     if (!message) break;
//     …
//   }
#ifndef NARTHEX_EXPORTERS_KIT_NETLINK_H_
#define NARTHEX_EXPORTERS_KIT_NETLINK_H_

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/status/status.h"

namespace narthex::exporters {

// A message or an attribute: what stands behind its header. Points into what was read.
struct NetlinkItem {
  uint16_t type;
  std::string_view payload;
};

// Gives messages one by one. kCorruption: a message is longer than what is left.
class NetlinkReader {
 public:
  explicit NetlinkReader(std::string_view messages) : rest_(messages) {}
  Result<std::optional<NetlinkItem>> Next();

 private:
  std::string_view rest_;
};

// Gives the attributes of a message, behind its own struct, one by one.
class NetlinkAttributes {
 public:
  explicit NetlinkAttributes(std::string_view attributes) : rest_(attributes) {}
  Result<std::optional<NetlinkItem>> Next();

 private:
  std::string_view rest_;
};

// Calls `visit(type, payload)` for each attribute; it returns a Status.
template <typename Visit>
Status ForEachNetlinkAttribute(std::string_view bytes, const Visit& visit) {
  NetlinkAttributes attributes(bytes);
  for (;;) {
    ASSIGN_OR_RETURN(const auto attribute, attributes.Next());
    if (!attribute) return {};
    const auto type = static_cast<uint16_t>(attribute->type & NLA_TYPE_MASK);
    RETURN_IF_ERROR(visit(type, attribute->payload));
  }
}

// A text that ends at a NUL, and a hardware address as "00:11:22:33:44:55".
std::string NetlinkText(std::string_view bytes);
std::string HardwareAddress(std::string_view bytes);

// The front of `bytes` as a struct of the kernel. Where they are fewer, as from an older kernel,
// the rest is zero.
template <typename T>
T NetlinkStruct(std::string_view bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value{};
  std::memcpy(&value, bytes.data(), bytes.size() < sizeof value ? bytes.size() : sizeof value);
  return value;
}

// The request of a dump as bytes.
template <typename T>
std::string_view NetlinkBytes(const T& request) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const char*>(&request), sizeof request};
}

// Whether a datagram of an answer is the last. Kernels put the mark into a datagram of its own or,
// since 6.9, behind the last message. kUnavailable: the kernel refused.
Result<bool> EndsNetlinkDump(std::string_view datagram);

// Asks for all objects of a kind; `request` is the struct behind the header. The kernel answers at
// once; where it does not, kUnavailable after five seconds. The answer is whole messages, of at
// most 64 MiB.
Result<std::string> DumpNetlink(int protocol, uint16_t type, std::string_view request);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_NETLINK_H_
