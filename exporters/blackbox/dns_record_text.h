// The data of DNS records as text. For dns_message.cc.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_DNS_RECORD_TEXT_H_
#define NARTHEX_EXPORTERS_BLACKBOX_DNS_RECORD_TEXT_H_

#include <cstdint>
#include <string>

#include "exporters/blackbox/dns_reader.h"

namespace narthex::blackbox {

// As zone files have it; of types without such a form here as RFC 3597 has it, "\# 2 0a0b". The
// reader fails for data that breaks its type.
std::string DnsDataText(uint16_t type, DnsReader& data);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_DNS_RECORD_TEXT_H_
