#include "common/http_client/dns_records.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>

#include <array>
#include <memory>

namespace narthex {
namespace {

constexpr int kMaxAddresses = 1000;

using Records = Resolver::Records;

template <typename Address, size_t kTextBytes>
std::string AddressText(int family, const Address& address) {
  std::array<char, kTextBytes> text{};
  ::inet_ntop(family, &address, text.data(), text.size());
  return text.data();
}

int ParseA(const unsigned char* answer, int size, Records& records) {
  std::vector<ares_addrttl> found(kMaxAddresses);
  int count = kMaxAddresses;
  const int status = ares_parse_a_reply(answer, size, nullptr, found.data(), &count);
  for (int i = 0; status == ARES_SUCCESS && i < count; ++i) {
    records.push_back(
        {AddressText<in_addr, INET_ADDRSTRLEN>(AF_INET, found[static_cast<size_t>(i)].ipaddr), 0});
  }
  return status;
}

int ParseAaaa(const unsigned char* answer, int size, Records& records) {
  std::vector<ares_addr6ttl> found(kMaxAddresses);
  int count = kMaxAddresses;
  const int status = ares_parse_aaaa_reply(answer, size, nullptr, found.data(), &count);
  for (int i = 0; status == ARES_SUCCESS && i < count; ++i) {
    records.push_back({AddressText<ares_in6_addr, INET6_ADDRSTRLEN>(
                           AF_INET6, found[static_cast<size_t>(i)].ip6addr),
                       0});
  }
  return status;
}

int ParseSrv(const unsigned char* answer, int size, Records& records) {
  ares_srv_reply* found = nullptr;
  const int status = ares_parse_srv_reply(answer, size, &found);
  const std::unique_ptr<ares_srv_reply, decltype(&ares_free_data)> owned(found, ares_free_data);
  for (const ares_srv_reply* at = found; at != nullptr; at = at->next)
    records.push_back({at->host, at->port});
  return status;
}

int ParseMx(const unsigned char* answer, int size, Records& records) {
  ares_mx_reply* found = nullptr;
  const int status = ares_parse_mx_reply(answer, size, &found);
  const std::unique_ptr<ares_mx_reply, decltype(&ares_free_data)> owned(found, ares_free_data);
  for (const ares_mx_reply* at = found; at != nullptr; at = at->next)
    records.push_back({at->host, 0});
  return status;
}

int ParseNs(const unsigned char* answer, int size, Records& records) {
  hostent* found = nullptr;
  const int status = ares_parse_ns_reply(answer, size, &found);
  if (found == nullptr) return status;
  const std::unique_ptr<hostent, decltype(&ares_free_hostent)> owned(found, ares_free_hostent);
  for (char** name = found->h_aliases; name != nullptr && *name != nullptr; ++name)
    records.push_back({*name, 0});
  return status;
}

struct Row {
  DnsType type;
  int number;
  int (*parse)(const unsigned char* answer, int size, Records& records);
};

constexpr Row kRows[] = {{DnsType::kA, ns_t_a, ParseA},
                         {DnsType::kAaaa, ns_t_aaaa, ParseAaaa},
                         {DnsType::kSrv, ns_t_srv, ParseSrv},
                         {DnsType::kMx, ns_t_mx, ParseMx},
                         {DnsType::kNs, ns_t_ns, ParseNs}};

const Row& RowOf(DnsType type) {
  for (const Row& row : kRows) {
    if (row.type == type) return row;
  }
  return kRows[0];
}

}  // namespace

int NumberOf(DnsType type) { return RowOf(type).number; }

Result<Records> ParseDnsAnswer(const unsigned char* answer, int size, DnsType type) {
  Records records;
  const int status = RowOf(type).parse(answer, size, records);
  if (status == ARES_SUCCESS) {
    // The root as a target says that there is none (RFC 2782, RFC 7505).
    std::erase_if(records, [](const DnsRecord& record) { return record.target.empty(); });
    return records;
  }
  if (status == ARES_ENODATA) return Records{};
  return Corruption("DNS answer: ", ares_strerror(status));
}

}  // namespace narthex
