// DNS answers as records. For resolver.cc only.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_DNS_RECORDS_H_
#define NARTHEX_COMMON_HTTP_CLIENT_DNS_RECORDS_H_

#include <vector>

#include "common/http_client/resolver.h"

namespace narthex {

int NumberOf(DnsType type);  // as RFC 1035 and its followers count record types

// kCorruption for an answer that cannot be read.
Result<Resolver::Records> ParseDnsAnswer(const unsigned char* answer, int size, DnsType type);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_DNS_RECORDS_H_
