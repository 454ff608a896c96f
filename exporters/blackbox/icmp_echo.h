// ICMP echo messages. RFC 792, RFC 4443.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_ICMP_ECHO_H_
#define NARTHEX_EXPORTERS_BLACKBOX_ICMP_ECHO_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace narthex::blackbox {

struct IcmpEcho {
  bool is_v6 = false;
  uint16_t id = 0;
  uint16_t sequence = 0;
  std::string payload;

  // The request, with the checksum of IPv4; that of IPv6 is the kernel's.
  std::string Request() const;
  // Whether a message, without the header of IP, is the reply. `knows_id` is false where the kernel
  // has put in an id of its own, and gives us replies to that only.
  bool IsReply(std::string_view message, bool knows_id) const;
};

// What follows the header of an IPv4 packet; empty where it is cut.
std::string_view WithoutIpHeader(std::string_view packet);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_ICMP_ECHO_H_
