// DNS messages on the wire (RFC 1035), and records as text, as the DNS library of the original
// prints them: "a.test.\t300\tIN\tMX\t10 mx.test.".
#ifndef NARTHEX_EXPORTERS_BLACKBOX_DNS_MESSAGE_H_
#define NARTHEX_EXPORTERS_BLACKBOX_DNS_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::blackbox {

struct DnsQuestion {
  std::string name;  // with a dot at its end or without
  uint16_t type = 0;
  uint16_t dns_class = 0;
};

// kInvalidArgument for a name that is none.
Result<std::string> EncodeDnsQuery(uint16_t id, const DnsQuestion& question,
                                   bool recursion_desired);

struct DnsResourceRecord {
  uint16_t type = 0;
  std::string text;
  std::optional<uint32_t> soa_serial;
};

struct DnsMessage {
  uint16_t id = 0;
  bool is_response = false;
  bool truncated = false;
  int rcode = 0;  // with the upper bits of an OPT record
  std::vector<DnsResourceRecord> answer, authority, additional;
};

// kCorruption; kLimit for a message that makes far more text than it is long.
Result<DnsMessage> ParseDnsMessage(std::string_view message);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_DNS_MESSAGE_H_
