// Any bytes as a DNS answer are read as records of each type, or refused.
#include "common/http_client/dns_records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMaxAnswer = 65'535;
  if (size > kMaxAnswer) return 0;
  using narthex::DnsType;
  for (const DnsType type :
       {DnsType::kA, DnsType::kAaaa, DnsType::kSrv, DnsType::kMx, DnsType::kNs}) {
    const auto records = narthex::ParseDnsAnswer(data, static_cast<int>(size), type);
    if (!records.ok()) continue;
    for (const narthex::DnsRecord& record : *records) {
      const bool port = record.port >= 0 && record.port <= 65'535;
      if (!port || record.target.empty()) __builtin_trap();
    }
  }
  return 0;
}
