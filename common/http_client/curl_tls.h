// The TLS options of one libcurl transfer. For curl_transfers.cc only.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CURL_TLS_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CURL_TLS_H_

#include <curl/curl.h>

#include "common/http_client/http_settings.h"

namespace narthex {

// `ready` is borrowed until the transfer has ended. `trusted`: the peer may see the client
// certificate.
void SetTls(CURL* easy, const HttpSettings::Ready& ready, bool trusted);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CURL_TLS_H_
