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

UrlAuthority Read(const Url& parsed) {
  UrlAuthority authority{absl::AsciiStrToLower(Part(parsed, CURLUPART_SCHEME, 0)),
                         Part(parsed, CURLUPART_HOST, 0),
                         Part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (!authority.host.empty() && authority.host.front() == '[')
    authority.host = authority.host.substr(1, authority.host.size() - 2);
  return authority;
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
  UrlAuthority authority = Read(parsed);
  if (authority.host.empty()) return InvalidArgument("URL without host: ", Quote(url));
  return authority;
}

Result<ProxyAddress> ReadProxy(const std::string& url) {
  const Url parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return InvalidArgument("proxy: not a URL");
  ProxyAddress proxy{{}, Read(parsed)};
  const std::string& scheme = proxy.authority.scheme;
  if (scheme != "http" && scheme != "https" && scheme != "socks5" && scheme != "socks5h")
    return InvalidArgument("proxy: scheme ", Quote(scheme), ", want http, https or socks5");
  if (proxy.authority.host.empty()) return InvalidArgument("proxy: URL without host");
  if (proxy.authority.port.empty()) proxy.authority.port = "1080";
  curl_url_set(parsed.get(), CURLUPART_PORT, proxy.authority.port.c_str(), 0);
  if (scheme == "socks5")
    curl_url_set(parsed.get(), CURLUPART_SCHEME, "socks5h", CURLU_NON_SUPPORT_SCHEME);
  proxy.url = Part(parsed, CURLUPART_URL, CURLU_NON_SUPPORT_SCHEME);
  return proxy;
}

bool KeepsCredentials(const UrlAuthority& from, const UrlAuthority& to) {
  if (!absl::EqualsIgnoreCase(from.host, to.host)) return false;
  const bool upgrade =
      from.scheme == "http" && from.port == "80" && to.scheme == "https" && to.port == "443";
  return upgrade || (from.scheme == to.scheme && from.port == to.port);
}

std::optional<std::string> RequestTarget(const std::string& url) {
  const Url parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  if (!Part(parsed, CURLUPART_USER, 0).empty()) return std::nullopt;
  const std::string query = Part(parsed, CURLUPART_QUERY, 0);
  return Part(parsed, CURLUPART_PATH, 0) + (query.empty() ? "" : "?" + query);
}

std::string RedirectTarget(const std::string& base, const std::string& location) {
  const Url parsed(curl_url(), curl_url_cleanup);
  curl_url_set(parsed.get(), CURLUPART_URL, base.c_str(), 0);
  if (curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK)
    return {};
  return Part(parsed, CURLUPART_URL, 0);
}

std::string WithHost(const std::string& url, const std::string& host) {
  const Url parsed(curl_url(), curl_url_cleanup);
  curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  curl_url_set(parsed.get(), CURLUPART_HOST, Bracketed(host).c_str(), 0);
  return Part(parsed, CURLUPART_URL, 0);
}

}  // namespace narthex
