#include "exporters/blackbox/dns_record_text.h"

#include <absl/strings/escaping.h>
#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

#include "exporters/blackbox/dns_names.h"

namespace narthex::blackbox {
namespace {

std::string Hex(std::string_view bytes) {
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}
std::string UpperHex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return out;
}
std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

std::string AddressText(int family, DnsReader& data) {
  const std::string_view bytes = data.Bytes(family == AF_INET ? 4 : 16);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!data.ok()) return {};
  ::inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string Texts(DnsReader& data) {
  std::string out;
  do {
    out += (out.empty() ? "" : " ") + data.QuotedText();
  } while (data.ok() && data.left() > 0);
  return out;
}

std::string Soa(DnsReader& data) {
  const std::string server = data.Name();
  const std::string mailbox = data.Name();
  std::string out = server + " " + mailbox;
  for (int i = 0; i < 5; ++i) out += " " + std::to_string(data.Long());
  return out;
}

std::string Numbers(DnsReader& data, int shorts) {
  std::string out;
  for (int i = 0; i < shorts; ++i) out += std::to_string(data.Short()) + " ";
  return out;
}

std::string Naptr(DnsReader& data) {
  std::string out = Numbers(data, 2);
  for (int i = 0; i < 3; ++i) out += data.QuotedText() + " ";
  return out + data.Name();
}

std::string Caa(DnsReader& data) {
  std::string out = std::to_string(data.Byte()) + " ";
  AppendDnsEscaped(out, data.Bytes(data.Byte()), "");
  out += " \"";
  AppendDnsEscaped(out, data.Rest(), "\"\\");
  return out + "\"";
}

std::string Ds(DnsReader& data) {
  const int tag = data.Short();
  const int algorithm = data.Byte();
  const int digest = data.Byte();
  return fmt::format("{} {} {} {}", tag, algorithm, digest, UpperHex(data.Rest()));
}

std::string Dnskey(DnsReader& data) {
  const int flags = data.Short();
  const int protocol = data.Byte();
  const int algorithm = data.Byte();
  return fmt::format("{} {} {} {}", flags, protocol, algorithm, Base64(data.Rest()));
}

// Serial arithmetic of RFC 1982 aside: times up to the year 2106.
std::string TimeText(uint32_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string Rrsig(DnsReader& data) {
  std::string out = DnsTypeName(data.Short());
  out += " " + std::to_string(data.Byte());
  out += " " + std::to_string(data.Byte());
  out += " " + std::to_string(data.Long());
  out += " " + TimeText(data.Long());
  out += " " + TimeText(data.Long());
  out += " " + std::to_string(data.Short());
  out += " " + data.Name();
  return out + " " + Base64(data.Rest());
}

// RFC 4034, 4.1.2.
std::string TypeBitmap(DnsReader& data) {
  std::string out;
  while (data.ok() && data.left() > 0) {
    const unsigned window = data.Byte();
    const std::string_view bits = data.Bytes(data.Byte());
    for (size_t i = 0; i < bits.size() * 8; ++i) {
      const auto byte = static_cast<unsigned char>(bits[i / 8]);
      if ((byte & (0x80U >> (i % 8))) != 0)
        out += " " + DnsTypeName(static_cast<uint16_t>(window << 8 | i));
    }
  }
  return out;
}

std::string Nsec(DnsReader& data) {
  const std::string next = data.Name();
  return next + TypeBitmap(data);
}

std::string Tlsa(DnsReader& data) {
  const int usage = data.Byte();
  const int selector = data.Byte();
  const int matching = data.Byte();
  return fmt::format("{} {} {} {}", usage, selector, matching, Hex(data.Rest()));
}

std::string Sshfp(DnsReader& data) {
  const int algorithm = data.Byte();
  const int digest = data.Byte();
  return fmt::format("{} {} {}", algorithm, digest, UpperHex(data.Rest()));
}

std::string Unknown(DnsReader& data) {
  const std::string_view bytes = data.Rest();
  return fmt::format("\\# {}{}{}", bytes.size(), bytes.empty() ? "" : " ", Hex(bytes));
}

std::string ShortAndName(DnsReader& data) {
  const std::string number = Numbers(data, 1);
  return number + data.Name();
}
std::string Srv(DnsReader& data) {
  const std::string numbers = Numbers(data, 3);
  return numbers + data.Name();
}
std::string Uri(DnsReader& data) {
  std::string out = Numbers(data, 2) + "\"";
  AppendDnsEscaped(out, data.Rest(), "\"\\");
  return out + "\"";
}
std::string TwoNames(DnsReader& data) {
  const std::string first = data.Name();
  return first + " " + data.Name();
}
std::string OneName(DnsReader& data) { return data.Name(); }
std::string V4(DnsReader& data) { return AddressText(AF_INET, data); }
std::string V6(DnsReader& data) { return AddressText(AF_INET6, data); }

struct Row {
  std::string_view type;
  std::string (*text)(DnsReader& data);
};

constexpr Row kRows[] = {{"A", V4},
                         {"AAAA", V6},
                         {"NS", OneName},
                         {"MD", OneName},
                         {"MF", OneName},
                         {"MB", OneName},
                         {"MG", OneName},
                         {"MR", OneName},
                         {"CNAME", OneName},
                         {"DNAME", OneName},
                         {"PTR", OneName},
                         {"SOA", Soa},
                         {"MX", ShortAndName},
                         {"AFSDB", ShortAndName},
                         {"RT", ShortAndName},
                         {"KX", ShortAndName},
                         {"LP", ShortAndName},
                         {"TXT", Texts},
                         {"SPF", Texts},
                         {"AVC", Texts},
                         {"HINFO", Texts},
                         {"RP", TwoNames},
                         {"MINFO", TwoNames},
                         {"SRV", Srv},
                         {"NAPTR", Naptr},
                         {"CAA", Caa},
                         {"URI", Uri},
                         {"DS", Ds},
                         {"CDS", Ds},
                         {"DLV", Ds},
                         {"TA", Ds},
                         {"DNSKEY", Dnskey},
                         {"CDNSKEY", Dnskey},
                         {"KEY", Dnskey},
                         {"RRSIG", Rrsig},
                         {"SIG", Rrsig},
                         {"NSEC", Nsec},
                         {"TLSA", Tlsa},
                         {"SMIMEA", Tlsa},
                         {"SSHFP", Sshfp},
                         {"OPENPGPKEY", [](DnsReader& data) { return Base64(data.Rest()); }},
                         {"DHCID", [](DnsReader& data) { return Base64(data.Rest()); }}};

}  // namespace

std::string DnsDataText(uint16_t type, DnsReader& data) {
  const std::string name = DnsTypeName(type);
  for (const Row& row : kRows) {
    if (row.type != name) continue;
    std::string text = row.text(data);
    if (data.left() > 0) data.Fail();
    return text;
  }
  return Unknown(data);
}

}  // namespace narthex::blackbox
