// Messages of netlink as a kernel sends them, for tests.
#ifndef NARTHEX_EXPORTERS_NODE_NETLINK_MESSAGES_H_
#define NARTHEX_EXPORTERS_NODE_NETLINK_MESSAGES_H_

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <string>

#include "exporters/kit/netlink.h"

namespace narthex::exporters {

template <typename T>
std::string Bytes(const T& value) {
  return std::string(NetlinkBytes(value));
}

inline std::string Padded(std::string bytes) {
  bytes.resize((bytes.size() + 3) & ~size_t{3});
  return bytes;
}

inline std::string Attribute(uint16_t type, const std::string& value) {
  nlattr header{};
  header.nla_type = type;
  header.nla_len = static_cast<uint16_t>(sizeof header + value.size());
  return Bytes(header) + Padded(value);
}

inline std::string Message(uint16_t type, const std::string& payload) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_len = static_cast<uint32_t>(sizeof header + payload.size());
  return Bytes(header) + Padded(payload);
}

// A message of generic netlink.
inline std::string GenericMessage(const std::string& attributes) {
  return Message(NLMSG_MIN_TYPE, Bytes(genlmsghdr{}) + attributes);
}

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_NETLINK_MESSAGES_H_
