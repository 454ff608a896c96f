#include "common/http_client/curl_tls.h"

namespace narthex {
namespace {

using config::TlsVersion;

void SetBlob(CURL* easy, CURLoption option, const std::string& pem) {
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  curl_easy_setopt(easy, option, &blob);
}

long VersionsOf(const TlsClientConfig& tls) {
  constexpr long kLeast[] = {CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_TLSv1_1,
                             CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_3};
  constexpr long kMost[] = {CURL_SSLVERSION_MAX_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_1,
                            CURL_SSLVERSION_MAX_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_3};
  const long most = tls.max_version ? kMost[static_cast<size_t>(*tls.max_version)] : 0;
  return kLeast[static_cast<size_t>(tls.min_version)] | most;
}

}  // namespace

void SetTls(CURL* easy, const HttpSettings::Ready& ready, bool trusted) {
  const TlsClientConfig& tls = ready.config.tls_config;
  if (!ready.config.enable_http2)
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, VersionsOf(tls));
  // Debian's default level forbids what these are made of; who asks for them gets them.
  if (tls.min_version < TlsVersion::kTls12)
    curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
  if (tls.insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!ready.ca.empty()) {
    SetBlob(easy, CURLOPT_CAINFO_BLOB, ready.ca);
    // The system's would be trusted beside it.
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (trusted && !ready.cert.empty()) {
    SetBlob(easy, CURLOPT_SSLCERT_BLOB, ready.cert);
    SetBlob(easy, CURLOPT_SSLKEY_BLOB, ready.key);
  }
}

}  // namespace narthex
