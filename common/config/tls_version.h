// A version of TLS as configurations name it, as Prometheus does: TLS10 to TLS13.
#ifndef NARTHEX_COMMON_CONFIG_TLS_VERSION_H_
#define NARTHEX_COMMON_CONFIG_TLS_VERSION_H_

#include <string_view>

#include "common/config/names.h"

namespace narthex::config {

enum class TlsVersion : unsigned char { kTls10, kTls11, kTls12, kTls13 };

inline constexpr Name<TlsVersion> kTlsVersions[] = {{"TLS10", TlsVersion::kTls10},
                                                    {"TLS11", TlsVersion::kTls11},
                                                    {"TLS12", TlsVersion::kTls12},
                                                    {"TLS13", TlsVersion::kTls13}};

inline Status FromText(std::string_view text, TlsVersion& version) {
  return FromNames(text, kTlsVersions, version);
}

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_TLS_VERSION_H_
