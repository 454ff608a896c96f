#include "exporters/blackbox/certificate_text.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

namespace narthex::blackbox {
namespace {

struct Attribute {
  int nid;
  std::string_view name;
};
// In the order in which Go writes them, which is the reverse of how it shows them.
constexpr Attribute kAttributes[] = {{NID_countryName, "C"},
                                     {NID_organizationName, "O"},
                                     {NID_organizationalUnitName, "OU"},
                                     {NID_localityName, "L"},
                                     {NID_stateOrProvinceName, "ST"},
                                     {NID_streetAddress, "STREET"},
                                     {NID_postalCode, "POSTALCODE"},
                                     {NID_commonName, "CN"},
                                     {NID_serialNumber, "SERIALNUMBER"}};
// Types that have one value only: the last counts.
bool IsSingle(int nid) { return nid == NID_commonName || nid == NID_serialNumber; }

std::string Hex(const unsigned char* data, size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < size; ++i) {
    out += kDigits[data[i] >> 4];
    out += kDigits[data[i] & 15];
  }
  return out;
}

std::string Utf8(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) return {};
  std::string copy(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return copy;
}

std::string Escaped(std::string_view value) {
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool at_end = i == 0 || i + 1 == value.size();
    const bool special = std::string_view(",+\"\\<>;").find(c) != std::string_view::npos ||
                         (c == ' ' && at_end) || (c == '#' && i == 0);
    if (special) out += '\\';
    out += c;
  }
  return out;
}

bool IsPrintable(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" '()+,-./:=?*&").find(c) != std::string_view::npos;
  });
}

// The value as DER, of type PrintableString or UTF8String.
std::string DerHex(const std::string& value) {
  std::vector<unsigned char> der{static_cast<unsigned char>(IsPrintable(value) ? 0x13 : 0x0c)};
  const size_t size = value.size();
  if (size < 0x80) {
    der.push_back(static_cast<unsigned char>(size));
  } else if (size < 0x100) {
    der.insert(der.end(), {0x81, static_cast<unsigned char>(size)});
  } else {
    der.insert(der.end(), {0x82, static_cast<unsigned char>(size >> 8),
                           static_cast<unsigned char>(size & 0xff)});
  }
  der.insert(der.end(), value.begin(), value.end());
  return "#" + Hex(der.data(), der.size());
}

std::string ObjectNumber(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  const int size = OBJ_obj2txt(text.data(), text.size(), object, 1);
  return size > 0 ? std::string(text.data()) : std::string();
}

void Append(std::string& out, const std::string& part) {
  if (!out.empty()) out += ',';
  out += part;
}

}  // namespace

std::string NameText(const X509_NAME* name) {
  std::array<std::vector<std::string>, std::size(kAttributes)> known;
  std::vector<std::string> others;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const ASN1_OBJECT* object = X509_NAME_ENTRY_get_object(entry);
    const std::string value = Utf8(X509_NAME_ENTRY_get_data(entry));
    const int nid = OBJ_obj2nid(object);
    const auto* row = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                   [nid](const Attribute& a) { return a.nid == nid; });
    if (row == std::end(kAttributes)) {
      others.push_back(ObjectNumber(object) + "=" + DerHex(value));
      continue;
    }
    auto& values = known[static_cast<size_t>(row - std::begin(kAttributes))];
    if (IsSingle(nid)) values.clear();
    values.push_back(value);
  }
  std::string out;
  for (size_t at = known.size(); at-- > 0;) {
    std::string part;
    for (const std::string& value : known[at]) {
      if (IsSingle(kAttributes[at].nid) && value.empty()) continue;
      part += (part.empty() ? "" : "+") + std::string(kAttributes[at].name) + "=" + Escaped(value);
    }
    if (!part.empty()) Append(out, part);
  }
  for (auto other = others.rbegin(); other != others.rend(); ++other) Append(out, *other);
  return out;
}

std::string FingerprintSha256(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return Hex(digest.data(), size);
}

std::string SerialText(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  std::string text =
      Hex(ASN1_STRING_get0_data(serial), static_cast<size_t>(ASN1_STRING_length(serial)));
  return text == "00" ? std::string() : text;
}

std::string DnsNamesText(const X509* certificate) {
  struct Free {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  };
  const std::unique_ptr<GENERAL_NAMES, Free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const ASN1_STRING* text = name->d.dNSName;
    Append(out, std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                            static_cast<size_t>(ASN1_STRING_length(text))));
  }
  return out;
}

int64_t NotAfterSeconds(const X509* certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return 0;
  return ::timegm(&time);
}

}  // namespace narthex::blackbox
