#include "common/http_client/url_authority.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <curl/curl.h>

#include <memory>

namespace narthex {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string Part(const Url& url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string Bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

std::string UrlAuthority::HostAndPort() const { return Bracketed(host) + ":" + port; }

std::string UrlAuthority::HostHeader() const {
  const bool usual = port == (scheme == "https" ? "443" : "80");
  return usual ? Bracketed(host) : HostAndPort();
}

Result<UrlAuthority> AuthorityOf(const std::string& url) {
  const Url parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return InvalidArgument("not a URL: ", Quote(url));
  UrlAuthority authority{absl::AsciiStrToLower(Part(parsed, CURLUPART_SCHEME, 0)),
                         Part(parsed, CURLUPART_HOST, 0),
                         Part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (authority.host.empty()) return InvalidArgument("URL without host: ", Quote(url));
  if (authority.host.front() == '[')
    authority.host = authority.host.substr(1, authority.host.size() - 2);
  return authority;
}

bool KeepsCredentials(const UrlAuthority& from, const UrlAuthority& to) {
  if (!absl::EqualsIgnoreCase(from.host, to.host)) return false;
  const bool upgrade =
      from.scheme == "http" && from.port == "80" && to.scheme == "https" && to.port == "443";
  return upgrade || (from.scheme == to.scheme && from.port == to.port);
}

std::string WithHost(const std::string& url, const std::string& host) {
  const Url parsed(curl_url(), curl_url_cleanup);
  curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  curl_url_set(parsed.get(), CURLUPART_HOST, Bracketed(host).c_str(), 0);
  return Part(parsed, CURLUPART_URL, 0);
}

}  // namespace narthex
