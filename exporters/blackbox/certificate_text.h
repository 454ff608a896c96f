// Parts of certificates as text, as Go's crypto/x509 prints them.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_CERTIFICATE_TEXT_H_
#define NARTHEX_EXPORTERS_BLACKBOX_CERTIFICATE_TEXT_H_

#include <openssl/x509.h>

#include <cstdint>
#include <string>

namespace narthex::blackbox {

// "CN=a.test,O=Example": attributes of well-known types in the reverse of a fixed order, escaped as
// RFC 2253 has it, others before them by number, "1.2.3=#0c0161".
std::string NameText(const X509_NAME* name);

std::string FingerprintSha256(const X509* certificate);  // lower-case hexadecimal
std::string SerialText(const X509* certificate);         // likewise, of whole bytes
std::string DnsNamesText(const X509* certificate);       // commas between them

int64_t NotAfterSeconds(const X509* certificate);  // Unix time

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_CERTIFICATE_TEXT_H_
